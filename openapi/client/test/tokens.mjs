// Better Auth's part for the tests: tokens by number, each as good as it is said to be.

/** A token that ends in so many seconds, with all that base64url has and base64 has not. */
export function token(number, seconds = 900, sub = "ada") {
  const payload = { name: "Zoë >?~ÿ", number, sub, exp: Math.floor(Date.now() / 1000) + seconds };
  return `header.${Buffer.from(JSON.stringify(payload)).toString("base64url")}.signature-${number}`;
}

/** Answers with what is next in `answers`, the last of them again and again; an error is thrown. Counts. */
export function sourceOf(...answers) {
  const source = async () => {
    const answer = answers[Math.min(source.calls++, answers.length - 1)];
    await new Promise((resolve) => setImmediate(resolve));
    if (answer instanceof Error) throw answer;
    return answer;
  };
  source.calls = 0;
  return source;
}
