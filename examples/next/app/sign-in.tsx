"use client";
// Signing up and in, at Better Auth.
import { useRouter } from "next/navigation";
import { useState } from "react";
import { authClient, credential } from "../browser";

export function SignIn() {
  const router = useRouter();
  const [fault, setFault] = useState("");

  async function enter(form: FormData) {
    const email = String(form.get("email"));
    const password = String(form.get("password"));
    const isNew = form.get("action") === "up";
    const { error } = isNew
      ? await authClient.signUp.email({ email, password, name: email.split("@")[0]! })
      : await authClient.signIn.email({ email, password });
    if (error) return setFault(error.message ?? "That did not work. Please try again.");
    // What is kept may be the JWT of whoever was here before.
    credential.forget();
    router.refresh();
  }

  return (
    <form action={enter}>
      <input name="email" type="email" autoComplete="email" placeholder="E-mail" required />
      <input name="password" type="password" autoComplete="current-password" placeholder="Password" required />
      <button name="action" value="in">Sign in</button>
      <button name="action" value="up">Create an account</button>
      {fault && <p role="alert">{fault}</p>}
    </form>
  );
}
