"use client";
// Signing out, at Better Auth.
import { useRouter } from "next/navigation";
import { useState } from "react";
import { authClient, credential } from "../browser";

export function SignOut() {
  const router = useRouter();
  const [fault, setFault] = useState("");

  async function leave() {
    const { error } = await authClient.signOut();
    if (error) return setFault("You are still signed in. Please try again.");
    // The JWT is good for minutes more, and would be sent for whoever signs in next.
    credential.forget();
    router.refresh();
  }

  return (
    <>
      <button onClick={leave}>Sign out</button>
      {fault && <span role="alert">{fault}</span>}
    </>
  );
}
