"use client";
// The caller's to-dos, which the browser asks the service for.
import { ProblemError, unwrap, type Todo } from "better-auth-verifier-client";
import { useRouter } from "next/navigation";
import { useCallback, useEffect, useState } from "react";
import { api } from "../browser";

export function Todos() {
  const router = useRouter();
  const [todos, setTodos] = useState<Todo[]>([]);
  // Kept here, as React empties a form whose action has ended, even if it has failed.
  const [title, setTitle] = useState("");
  const [fault, setFault] = useState("");

  const attempt = useCallback(async (what: () => Promise<void>) => {
    try {
      await what();
      setFault("");
    } catch (error) {
      // The session has ended: the page is rendered anew, and says so.
      if (error instanceof ProblemError && error.status === 401) return router.refresh();
      setFault("That did not work. Please try again.");
    }
  }, [router]);

  const list = useCallback(async () => setTodos((await unwrap(api.GET("/api/todos"))).items), []);

  async function add() {
    const todo = await unwrap(api.POST("/api/todos", { body: { title } }));
    setTodos((todos) => [todo, ...todos]);
    setTitle("");
  }

  useEffect(() => void attempt(list), [attempt, list]);

  return (
    <>
      <form action={() => attempt(add)}>
        <input name="title" placeholder="What to do" required value={title} onChange={({ target }) => setTitle(target.value)} />
        <button>Add</button>
      </form>
      {fault && <p role="alert">{fault} <button onClick={() => attempt(list)}>Show them</button></p>}
      <ul>{todos.map(({ id, title }) => <li key={id}>{title}</li>)}</ul>
    </>
  );
}
