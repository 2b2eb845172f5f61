// What all pages have in common.
import type { Metadata } from "next";
import Link from "next/link";
import type { ReactNode } from "react";
import { whoIsCalling } from "../caller";
import "./style.css";

export const metadata: Metadata = { title: "Next.js, Better Auth and the service" };

export default async function Layout({ children }: { children: ReactNode }) {
  // The page asks the same, and the service is asked once.
  const { kind } = await whoIsCalling();
  return (
    <html lang="en">
      <body>
        <nav>
          <Link href="/">Start</Link>
          {kind === "user" && <Link href="/account">Your account</Link>}
        </nav>
        <main>{children}</main>
      </body>
    </html>
  );
}
