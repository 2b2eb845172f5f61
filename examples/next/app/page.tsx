// The page, rendered on the server: it asks the service who is calling.
import { whoIsCalling } from "../caller";
import { SignIn } from "./sign-in";
import { SignOut } from "./sign-out";
import { Todos } from "./todos";

export default async function Page() {
  const caller = await whoIsCalling();
  switch (caller.kind) {
    case "user": {
      const { user, strategy } = caller.identity;
      return (
        <>
          <h1>Hello, {user.name ?? user.id}!</h1>
          <p>
            The service knows you by <code>{strategy}</code>. <SignOut />
          </p>
          <Todos />
        </>
      );
    }
    case "guest":
      return (
        <>
          <h1>Hello, guest!</h1>
          <SignIn />
        </>
      );
    case "undecided":
      return (
        <>
          <h1>One moment</h1>
          <p role="alert">The service does not answer right now. You are still signed in. Please try again in a minute.</p>
        </>
      );
  }
}
