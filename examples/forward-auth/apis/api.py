"""An API behind the proxy: FastAPI and PyJWT. It believes the assertion and nothing else."""

# #region api
import os
from math import inf
from time import monotonic
from typing import Annotated

import jwt
import uvicorn
from fastapi import Depends, FastAPI, Header, HTTPException

ISSUER = os.environ.get("ISSUER", "http://localhost:8000")
AUDIENCE = os.environ.get("AUDIENCE", "https://api.example.com")


class Keys(jwt.PyJWKClient):
    """Keeps the keys for five minutes, and fetches them again for one that it does not know. It tries at most once a second."""

    failed = -inf

    def fetch_data(self) -> dict:
        # PyJWT itself waits only after a try that has succeeded. It holds a lock while it calls this.
        if monotonic() - self.failed < self.cooldown_duration:
            raise jwt.PyJWKClientConnectionError("the last try has failed")
        try:
            return super().fetch_data()
        except (jwt.PyJWTError, ValueError, OSError) as error:
            self.failed = monotonic()
            raise jwt.PyJWKClientConnectionError(str(error)) from error


KEYS = Keys(os.environ.get("JWKS_URL", f"{ISSUER}/.well-known/jwks.json"), lifespan=300, cooldown_duration=1, timeout=3)


# The proxy writes this header, so it is no parameter of the API's contract.
Assertion = Annotated[str, Header(alias="X-Auth-Assertion", include_in_schema=False)]


def caller_of(audience: str):
    # A plain `def`: it may fetch the keys, so FastAPI runs it in a thread. Routes may be `async def`.
    def caller(assertion: Assertion = "") -> dict:
        if not assertion:
            raise HTTPException(401, "no assertion")
        try:
            key = KEYS.get_signing_key_from_jwt(assertion)
            decoded = jwt.decode_complete(
                assertion,
                key.key,
                algorithms=["ES256"],
                issuer=ISSUER,
                audience=audience,
                leeway=10,
                options={"require": ["iss", "aud", "sub", "iat", "exp"]},
            )
        except jwt.PyJWKClientConnectionError as error:
            raise HTTPException(503, "no keys", {"Retry-After": "1"}) from error
        except jwt.PyJWTError as error:
            raise HTTPException(401, f"no valid assertion: {error}") from error
        if decoded["header"].get("typ") != "auth-assertion+jwt":
            raise HTTPException(401, "no assertion")
        return decoded["payload"]

    return caller


app = FastAPI()
caller = caller_of(AUDIENCE)


@app.get("/whoami")
def whoami(caller: Annotated[dict, Depends(caller)]) -> dict:
    return {name: caller.get(name) for name in ("sub", "email", "role")}


if __name__ == "__main__":
    uvicorn.run(app, host="127.0.0.1", port=int(os.environ.get("PORT", "9000")))
# #endregion
