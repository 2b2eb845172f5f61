// Generated from ../../openapi.json by `npm run generate`. Not to be changed here.

export interface paths {
    "/api/me": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Who is calling
         * @description The caller's identity, and the strategy that vouched for it.
         */
        get: operations["getMe"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/public": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * A greeting
         * @description Open to guests. A credential that is presented is judged all the same.
         */
        get: operations["getPublic"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/todos": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * List to-dos
         * @description Newest first. A page that is not the last names the cursor of the next.
         */
        get: operations["listTodos"];
        put?: never;
        /**
         * Create a to-do
         * @description `Location` holds the new to-do's address.
         */
        post: operations["createTodo"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/api/todos/{id}": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Read a to-do
         * @description Another user's to-do is answered with 404, as if there were none.
         */
        get: operations["getTodo"];
        put?: never;
        post?: never;
        /**
         * Delete a to-do
         * @description For good; deleting it again is 404.
         */
        delete: operations["deleteTodo"];
        options?: never;
        head?: never;
        /**
         * Change a to-do
         * @description What is left out stays as it is; a description of `null` is removed.
         */
        patch: operations["updateTodo"];
        trace?: never;
    };
    "/hooks/better-auth": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        get?: never;
        put?: never;
        /**
         * Report that a session or user has ended or changed
         * @description For Better Auth's plugin `better-auth-verifier`, which signs each event as the Standard Webhooks specification
         *     says: HMAC-SHA256 with `revocation.hook_secret` over id, timestamp and body. An event is accepted once, and within
         *     five minutes of its `webhook-timestamp`.
         */
        post: operations["tellRevocation"];
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/live": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Liveness
         * @description Always 200 while the process runs; it asks nobody else.
         */
        get: operations["getLiveness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health/ready": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Readiness
         * @description 200 if at least one strategy can decide now, as last heard in the background.
         */
        get: operations["getReadiness"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
    "/health": {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        /**
         * Health at a glance
         * @description For monitors that know nothing finer.
         */
        get: operations["getHealth"];
        put?: never;
        post?: never;
        delete?: never;
        options?: never;
        head?: never;
        patch?: never;
        trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /**
         * EventData
         * @description What it happened to.
         */
        EventData: {
            /** @description The session, where it is about one that has an id. */
            sessionId?: string;
            /** @description The user concerned, or the session's owner. */
            userId: string;
        };
        /**
         * @description What has happened. After every event but `session.updated`, tokens issued to the user up to that second are refused.
         * @enum {string}
         */
        EventKind: "session.updated" | "session.deleted" | "user.updated" | "user.deleted";
        /**
         * Greeting
         * @description A greeting.
         * @example {
         *       "message": "Hello, Ada Lovelace!"
         *     }
         */
        Greeting: {
            /** @description Greets by name if the caller is known. */
            message: string;
        };
        /**
         * Health
         * @description The process runs.
         * @example {
         *       "status": "healthy"
         *     }
         */
        Health: {
            /** @description Always the same. */
            status: components["schemas"]["HealthStatus"];
        };
        /**
         * @description The process runs.
         * @enum {string}
         */
        HealthStatus: "healthy";
        /**
         * HookEvent
         * @description What has happened at Better Auth.
         * @example {
         *       "type": "session.deleted",
         *       "timestamp": "2026-01-01T00:00:00.000Z",
         *       "data": {
         *         "sessionId": "UZhx4pT9vK2mQ7sLwB1nYcRfJd6gE8oA",
         *         "userId": "S5YjZ0hXw3uQ1tVb8nRkPm2LcDfEaG7i"
         *       }
         *     }
         */
        HookEvent: {
            /** @description Its kind. */
            type: components["schemas"]["EventKind"];
            /**
             * Format: date-time
             * @description When it happened.
             */
            timestamp: string;
            /** @description What it happened to. */
            data: components["schemas"]["EventData"];
        };
        /**
         * Identity
         * @description A verified caller.
         * @example {
         *       "user": {
         *         "id": "S5YjZ0hXw3uQ1tVb8nRkPm2LcDfEaG7i",
         *         "email": "ada@example.com",
         *         "emailVerified": true,
         *         "name": "Ada Lovelace",
         *         "role": "admin"
         *       },
         *       "session": {
         *         "id": "UZhx4pT9vK2mQ7sLwB1nYcRfJd6gE8oA",
         *         "expiresAt": "2026-01-01T00:00:00.000Z"
         *       },
         *       "strategy": "session_table",
         *       "expiresAt": "2026-01-01T00:00:00.000Z"
         *     }
         */
        Identity: {
            /** @description Who is calling. */
            user: components["schemas"]["User"];
            /** @description Absent where the strategy has no session. */
            session?: components["schemas"]["Session"];
            /**
             * @description Name of the strategy that vouched.
             * @enum {string}
             */
            strategy: "jwt" | "session_cookie_cache" | "session_table" | "secondary_storage" | "get_session" | "shared_secret";
            /**
             * Format: date-time
             * @description Until when this identity is valid: the end of the session or token.
             */
            expiresAt: string;
        };
        /**
         * NewTodo
         * @description A to-do to create.
         * @example {
         *       "title": "Write the report",
         *       "description": "By Friday."
         *     }
         */
        NewTodo: {
            /** @description What is to be done; not only blanks. */
            title: string;
            /** @description More about it. */
            description?: string;
            /** @description Whether it is done already; `false` unless given. */
            completed?: boolean;
        };
        /**
         * Problem
         * @description Problem details (RFC 9457).
         */
        Problem: {
            /**
             * Format: uri
             * @description A stable URI for the kind of problem. Later versions may add some.
             * @enum {string}
             */
            type: "urn:problem:bad-request" | "urn:problem:missing-credential" | "urn:problem:invalid-credential" | "urn:problem:forbidden" | "urn:problem:untrusted-origin" | "urn:problem:not-found" | "urn:problem:method-not-allowed" | "urn:problem:request-timeout" | "urn:problem:payload-too-large" | "urn:problem:unsupported-media-type" | "urn:problem:rate-limited" | "urn:problem:internal" | "urn:problem:unavailable" | "about:blank";
            /** @description What the kind means, for people. */
            title: string;
            /** @description The status of the answer. */
            status: number;
            /** @description What is wrong with this request in particular. */
            detail?: string;
            /** @description The path that was asked for. */
            instance?: string;
            /** @description Names this request in the log. */
            requestId?: string;
        };
        /**
         * Readiness
         * @description What can be decided now.
         * @example {
         *       "status": "ready",
         *       "strategies": [
         *         {
         *           "name": "session_table",
         *           "state": "ready"
         *         }
         *       ]
         *     }
         */
        Readiness: {
            /** @description Whether at least one of them is. */
            status: components["schemas"]["ReadinessState"];
            /** @description In the order in which they are asked. */
            strategies: components["schemas"]["StrategyState"][];
        };
        /**
         * @description Whether callers can be judged.
         * @enum {string}
         */
        ReadinessState: "ready" | "unavailable";
        /**
         * Session
         * @description The session, without its token.
         */
        Session: {
            /** @description Absent where Better Auth has made none: up to 1.5, with sessions in secondary storage. */
            id?: string;
            /**
             * Format: date-time
             * @description UTC, RFC 3339.
             */
            expiresAt: string;
            /** @description The admin who acts as the user. */
            impersonatedBy?: string;
            /** @description The organization the user has chosen to look at: a preference, no permission. */
            activeOrganizationId?: string;
            /** @description The team the user has chosen to look at: a preference, no permission. */
            activeTeamId?: string;
            /** @description Fields of the deployment's own, as far as its configuration lists them. */
            fields?: {
                [key: string]: unknown;
            };
        };
        /**
         * StrategyState
         * @description One strategy.
         */
        StrategyState: {
            /**
             * @description As in the configuration.
             * @enum {string}
             */
            name: "jwt" | "session_cookie_cache" | "session_table" | "secondary_storage" | "get_session" | "shared_secret";
            /** @description Whether it can decide now. */
            state: components["schemas"]["ReadinessState"];
        };
        /**
         * Todo
         * @description A to-do.
         * @example {
         *       "id": "01981c0e-6f3a-7d52-9f0a-3c1f5a6b7d8e",
         *       "title": "Write the report",
         *       "description": "By Friday.",
         *       "completed": false,
         *       "createdAt": "2026-01-01T00:00:00.000Z",
         *       "updatedAt": "2026-01-01T00:00:00.000Z"
         *     }
         */
        Todo: {
            /** @description Unique among all to-dos. */
            id: string;
            /** @description What is to be done. */
            title: string;
            /** @description More about it; absent if there is nothing more. */
            description?: string;
            /** @description Whether it is done. */
            completed: boolean;
            /**
             * Format: date-time
             * @description UTC, RFC 3339.
             */
            createdAt: string;
            /**
             * Format: date-time
             * @description UTC, RFC 3339.
             */
            updatedAt: string;
        };
        /**
         * TodoPage
         * @description A page of to-dos.
         * @example {
         *       "items": [
         *         {
         *           "id": "01981c0e-6f3a-7d52-9f0a-3c1f5a6b7d8e",
         *           "title": "Write the report",
         *           "description": "By Friday.",
         *           "completed": false,
         *           "createdAt": "2026-01-01T00:00:00.000Z",
         *           "updatedAt": "2026-01-01T00:00:00.000Z"
         *         }
         *       ]
         *     }
         */
        TodoPage: {
            /** @description At most as many as were asked for. */
            items: components["schemas"]["Todo"][];
            /** @description Absent on the last page. */
            nextCursor?: string;
        };
        /**
         * TodoPatch
         * @description Changes to a to-do; what is left out stays as it is.
         * @example {
         *       "completed": true
         *     }
         */
        TodoPatch: {
            /** @description What is to be done; not only blanks. */
            title?: string;
            /** @description More about it; `null` removes it. */
            description?: string | null;
            /** @description Whether it is done. */
            completed?: boolean;
        };
        /**
         * User
         * @description The user as Better Auth stores them.
         */
        User: {
            /** @description Better Auth's id of the user. */
            id: string;
            /** @description The address they sign in with. */
            email?: string;
            /** @description Whether Better Auth has verified the address. */
            emailVerified: boolean;
            /** @description As the user wrote it. */
            name?: string;
            /** @description The address of a picture. */
            image?: string;
            /** @description As stored; may be a comma-separated list. */
            role?: string;
            /** @description Whether the user has not signed up and the address is a placeholder. */
            isAnonymous?: boolean;
            /** @description Absent unless Better Auth's plugin `twoFactor` is in use. */
            twoFactorEnabled?: boolean;
            /** @description In lower case. */
            username?: string;
            /** @description As the user wrote it. */
            displayUsername?: string;
            /** @description Absent unless Better Auth's plugin `phoneNumber` is in use. */
            phoneNumber?: string;
            /** @description Whether Better Auth has verified the number. */
            phoneNumberVerified?: boolean;
            /** @description Fields of the deployment's own, as far as its configuration lists them. */
            fields?: {
                [key: string]: unknown;
            };
        };
    };
    responses: {
        /** @description The request is malformed. */
        BadRequest: {
            headers: {
                /** @description Where it is the credential that is malformed (RFC 6750). */
                "WWW-Authenticate"?: string;
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description No credential, or it was refused: then `WWW-Authenticate` says `error="invalid_token"`. */
        Unauthorized: {
            headers: {
                /** @description The challenge (RFC 6750). */
                "WWW-Authenticate": string;
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is too large. */
        PayloadTooLarge: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Over a limit. */
        TooManyRequests: {
            headers: {
                /** @description Seconds to wait. */
                "Retry-After": number;
                /** @description Which limit, what remains of it and when there is more. */
                RateLimit: string;
                /** @description The limit's quota and window. */
                "RateLimit-Policy": string;
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Something needed to answer is out of reach. Says nothing about the credential. */
        ServiceUnavailable: {
            headers: {
                /** @description Seconds to wait. */
                "Retry-After": number;
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description A fault of the service; its log names the request. */
        InternalServerError: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The caller is known and not allowed, or a cookie came from an untrusted origin. */
        Forbidden: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The request took too long to arrive. */
        RequestTimeout: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description The body is not JSON. */
        UnsupportedMediaType: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description Not found, or somebody else's. */
        NotFound: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
        /** @description This has been accepted already. */
        Conflict: {
            headers: {
                "X-Request-Id": components["headers"]["X-Request-Id"];
                [name: string]: unknown;
            };
            content: {
                "application/problem+json": components["schemas"]["Problem"];
            };
        };
    };
    parameters: never;
    requestBodies: never;
    headers: {
        /** @description Names this request in the log. */
        "X-Request-Id": string;
    };
    pathItems: never;
}
export type EventData = components['schemas']['EventData'];
export type EventKind = components['schemas']['EventKind'];
export type Greeting = components['schemas']['Greeting'];
export type Health = components['schemas']['Health'];
export type HealthStatus = components['schemas']['HealthStatus'];
export type HookEvent = components['schemas']['HookEvent'];
export type Identity = components['schemas']['Identity'];
export type NewTodo = components['schemas']['NewTodo'];
export type Problem = components['schemas']['Problem'];
export type Readiness = components['schemas']['Readiness'];
export type ReadinessState = components['schemas']['ReadinessState'];
export type Session = components['schemas']['Session'];
export type StrategyState = components['schemas']['StrategyState'];
export type Todo = components['schemas']['Todo'];
export type TodoPage = components['schemas']['TodoPage'];
export type TodoPatch = components['schemas']['TodoPatch'];
export type User = components['schemas']['User'];
export type ResponseBadRequest = components['responses']['BadRequest'];
export type ResponseUnauthorized = components['responses']['Unauthorized'];
export type ResponsePayloadTooLarge = components['responses']['PayloadTooLarge'];
export type ResponseTooManyRequests = components['responses']['TooManyRequests'];
export type ResponseServiceUnavailable = components['responses']['ServiceUnavailable'];
export type ResponseInternalServerError = components['responses']['InternalServerError'];
export type ResponseForbidden = components['responses']['Forbidden'];
export type ResponseRequestTimeout = components['responses']['RequestTimeout'];
export type ResponseUnsupportedMediaType = components['responses']['UnsupportedMediaType'];
export type ResponseNotFound = components['responses']['NotFound'];
export type ResponseConflict = components['responses']['Conflict'];
export type HeaderXRequestId = components['headers']['X-Request-Id'];
export type $defs = Record<string, never>;
export interface operations {
    getMe: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A verified caller. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Identity"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getPublic: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A greeting. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Greeting"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    listTodos: {
        parameters: {
            query?: {
                /** @description How many to-dos a page holds. */
                limit?: number;
                /** @description `nextCursor` of the page before. */
                cursor?: string;
            };
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A page of to-dos. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["TodoPage"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    createTodo: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["NewTodo"];
            };
        };
        responses: {
            /** @description The to-do was created. */
            201: {
                headers: {
                    /** @description Where it is. */
                    Location: string;
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Todo"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getTodo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The to-do's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description A to-do. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Todo"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    deleteTodo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The to-do's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The to-do is gone. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    updateTodo: {
        parameters: {
            query?: never;
            header?: never;
            path: {
                /** @description The to-do's id. */
                id: string;
            };
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["TodoPatch"];
            };
        };
        responses: {
            /** @description A to-do. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Todo"];
                };
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            403: components["responses"]["Forbidden"];
            404: components["responses"]["NotFound"];
            408: components["responses"]["RequestTimeout"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    tellRevocation: {
        parameters: {
            query?: never;
            header: {
                /** @description Names the event, the same however often it is sent. */
                "webhook-id": string;
                /** @description When it was sent, in seconds since 1970. */
                "webhook-timestamp": string;
                /** @description `v1,` and the signature in base64; several with blanks between. */
                "webhook-signature": string;
            };
            path?: never;
            cookie?: never;
        };
        requestBody: {
            content: {
                "application/json": components["schemas"]["HookEvent"];
            };
        };
        responses: {
            /** @description Accepted; cached results for it are dropped. */
            204: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content?: never;
            };
            400: components["responses"]["BadRequest"];
            401: components["responses"]["Unauthorized"];
            408: components["responses"]["RequestTimeout"];
            409: components["responses"]["Conflict"];
            413: components["responses"]["PayloadTooLarge"];
            415: components["responses"]["UnsupportedMediaType"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getLiveness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process runs. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            500: components["responses"]["InternalServerError"];
        };
    };
    getReadiness: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description What can be decided now. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Readiness"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
            503: components["responses"]["ServiceUnavailable"];
        };
    };
    getHealth: {
        parameters: {
            query?: never;
            header?: never;
            path?: never;
            cookie?: never;
        };
        requestBody?: never;
        responses: {
            /** @description The process runs. */
            200: {
                headers: {
                    "X-Request-Id": components["headers"]["X-Request-Id"];
                    [name: string]: unknown;
                };
                content: {
                    "application/json": components["schemas"]["Health"];
                };
            };
            413: components["responses"]["PayloadTooLarge"];
            429: components["responses"]["TooManyRequests"];
            500: components["responses"]["InternalServerError"];
        };
    };
}
