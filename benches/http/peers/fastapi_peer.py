"""An API in FastAPI, as its guides have it: JWTs with PyJWT, and sessions looked up with asyncpg."""

import os
from contextlib import asynccontextmanager
from typing import Annotated
from urllib.parse import unquote

import asyncpg
import jwt
from fastapi import Cookie, Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

ISSUER = os.environ["ISSUER"]
# Better Auth's own columns. The signature of the cookie is not checked, as guides leave it out: this peer does less.
SESSION = """
    SELECT u.id, u.email, u.name FROM session s JOIN "user" u ON u.id = s."userId"
    WHERE s.token = $1 AND s."expiresAt" > now()
"""

keys = jwt.PyJWKClient(os.environ["KEYS"], cache_keys=True)


@asynccontextmanager
async def lifespan(app: FastAPI):
    async with asyncpg.create_pool(os.environ["DATABASE_URL"]) as app.state.pool:
        yield


app = FastAPI(lifespan=lifespan)


# `async`, though the keys are fetched without it: a thread for each request would cost more than the signature.
async def token_user(bearer: Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]) -> dict:
    try:
        key = keys.get_signing_key_from_jwt(bearer.credentials)
        return jwt.decode(bearer.credentials, key, algorithms=["EdDSA"], issuer=ISSUER, audience=ISSUER)
    except jwt.PyJWTError as error:
        raise HTTPException(401, "no valid token") from error


async def session_user(
    request: Request, cookie: Annotated[str, Cookie(alias="better-auth.session_token")] = ""
) -> dict:
    token = unquote(cookie).split(".")[0]
    user = await request.app.state.pool.fetchrow(SESSION, token)
    if user is None:
        raise HTTPException(401, "no session")
    return dict(user)


@app.get("/jwt")
async def by_token(user: Annotated[dict, Depends(token_user)]) -> dict:
    return {"id": user["sub"], "email": user["email"], "name": user["name"]}


@app.get("/session")
async def by_session(user: Annotated[dict, Depends(session_user)]) -> dict:
    return user
