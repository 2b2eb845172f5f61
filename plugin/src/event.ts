export type EventType = "session.deleted" | "session.updated" | "user.deleted" | "user.updated";

/** Numbers where the database counts its rows. */
export type Id = string | number;

/** Whom an event is about. */
export interface Subject {
  /** Absent where any session of the user may be meant. */
  readonly sessionId?: Id | undefined;
  readonly userId: Id;
}

/** Every destination gets it with the same id and body, on every attempt. */
export interface Event {
  readonly id: string;
  readonly type: EventType;
  readonly body: string;
}

export function createEvent(type: EventType, { sessionId, userId }: Subject, at = new Date()): Event {
  const data = { ...(sessionId != null && { sessionId: String(sessionId) }), userId: String(userId) };
  return {
    id: `evt_${crypto.randomUUID()}`,
    type,
    body: JSON.stringify({ type, timestamp: at.toISOString(), data }),
  };
}
