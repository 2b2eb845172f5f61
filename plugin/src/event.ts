export type EventType = "session.deleted" | "session.updated" | "user.deleted" | "user.updated";

/** Numbers where the database counts its rows. */
export type Id = string | number;

/** Whom an event is about. */
export interface Subject {
  /** Absent where Better Auth gave the session none, as 1.4 and 1.5 do in secondary storage. */
  readonly sessionId?: Id | undefined;
  readonly userId: Id;
}

/** Every destination gets it with the same id and body, on every attempt. */
export interface Event {
  readonly id: string;
  readonly type: EventType;
  readonly body: string;
}

export type Tell = (type: EventType, subject: Subject) => void;

export function createEvent(type: EventType, { sessionId, userId }: Subject): Event {
  const data = { ...(sessionId != null && { sessionId: String(sessionId) }), userId: String(userId) };
  return {
    id: `evt_${crypto.randomUUID()}`,
    type,
    body: JSON.stringify({ type, timestamp: new Date().toISOString(), data }),
  };
}
