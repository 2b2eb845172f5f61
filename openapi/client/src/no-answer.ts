// Why a request has no answer. None of these says anything about the session.

/** No answer came: no connection, or none in time. Do not sign anybody out for it. */
export class NoAnswerError extends Error {
  override readonly name: string = "NoAnswerError";

  /** @param cause What `fetch`, or whatever else was waited for, has thrown. */
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
  }
}

/** No token could be fetched, so the request was not sent. */
export class TokenSourceError extends NoAnswerError {
  override readonly name = "TokenSourceError";
  /** The status that the source was answered with, if it was answered. */
  readonly status: number | undefined;

  constructor(status: number | undefined, cause: unknown) {
    super(`No token could be fetched: ${status ?? "the source failed"}`, cause);
    this.status = status;
  }
}
