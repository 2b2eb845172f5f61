"use client";
// Signing out, at Better Auth.
import { useRouter } from "next/navigation";
import { useState } from "react";
import { authClient, credential, faultOf } from "../browser";

export function SignOut() {
  const router = useRouter();
  const [fault, setFault] = useState("");

  async function leave() {
    const fault = await faultOf(authClient.signOut());
    if (fault) return setFault(`You are still signed in. ${fault}`);
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
