// Leads guests away from the protected pages before one is rendered.
import { getSessionCookie } from "better-auth/cookies";
import { NextResponse, type NextRequest } from "next/server";

// #region proxy
/** Sees only whether there is a cookie, which anybody can make up: each page asks for itself who is calling. */
export function proxy(request: NextRequest): NextResponse {
  return getSessionCookie(request) ? NextResponse.next() : NextResponse.redirect(new URL("/", request.url));
}

export const config = { matcher: ["/account/:path*"] };
// #endregion
