// Comparing, and changing, what the vectors hold.
export const equal = (left, right) => JSON.stringify(left) === JSON.stringify(right);

// Another character at `at`; the last but one unless told, so that no unused bits of a base64 text hide the change.
export const tampered = (text, at = text.length - 2) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1);
