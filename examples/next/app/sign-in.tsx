"use client";
// Signing up and in, at Better Auth.
import { useRouter } from "next/navigation";
import { useState } from "react";
import { authClient, credential, faultOf } from "../browser";

export function SignIn() {
  const router = useRouter();
  // Kept here, as React empties a form whose action has ended, even if it has failed.
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [fault, setFault] = useState("");

  async function enter(form: FormData) {
    const isNew = form.get("action") === "up";
    const fault = await faultOf(isNew
      ? authClient.signUp.email({ email, password, name: email.split("@")[0]! })
      : authClient.signIn.email({ email, password }));
    setFault(fault ?? "");
    if (fault) return;
    // What is kept may be the JWT of whoever was here before.
    credential.forget();
    router.refresh();
  }

  return (
    <form action={enter}>
      <input name="email" type="email" autoComplete="email" placeholder="E-mail" required
        value={email} onChange={({ target }) => setEmail(target.value)} />
      <input name="password" type="password" autoComplete="current-password" placeholder="Password" required
        value={password} onChange={({ target }) => setPassword(target.value)} />
      <button name="action" value="in">Sign in</button>
      <button name="action" value="up">Create an account</button>
      {fault && <p role="alert">{fault}</p>}
    </form>
  );
}
