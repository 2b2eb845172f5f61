// Import first: stops the clock of this process, so that vectors captured years apart carry the same dates.
export const NOW = "2026-01-01T00:00:00.000Z";

const RunningDate = Date;
globalThis.Date = class Date extends RunningDate {
  constructor(...given) {
    super(...(given.length > 0 ? given : [NOW]));
  }
  static now() {
    return RunningDate.parse(NOW);
  }
};
