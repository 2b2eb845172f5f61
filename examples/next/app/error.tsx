"use client";
// What is shown instead of a page that could not be rendered.
import { useRouter } from "next/navigation";
import { startTransition } from "react";

export default function Failed({ reset }: { error: Error; reset: () => void }) {
  const router = useRouter();
  // The server has to render the page anew; `reset` alone would show again what failed.
  const tryAgain = () =>
    startTransition(() => {
      router.refresh();
      reset();
    });
  return (
    <>
      <h1>One moment</h1>
      <p role="alert">
        This page cannot be shown right now. You are still signed in. <button onClick={tryAgain}>Try again</button>
      </p>
    </>
  );
}
