// A page for users alone.
import { signedIn } from "../../caller";

// #region page
export default async function Account() {
  const { user, expiresAt } = await signedIn();
  return (
    <>
      <h1>Your account</h1>
      <p>{user.email}, verified until {expiresAt}.</p>
    </>
  );
}
// #endregion
