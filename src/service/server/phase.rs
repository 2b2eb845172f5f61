/// What a connection is at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Nothing of a next request has come.
    Waiting,
    /// A head has begun and is not complete.
    Head,
    /// A request is being read or worked on.
    Request,
    /// Its answer is being written.
    Answer,
    /// The last answer is written; what the client still sends is thrown away.
    Parting,
    /// Given up, for another connection or for being late.
    Shut,
}

/// A phase, and since when, in milliseconds of the door's clock. Fits into one atomic number, so that nobody who looks at
/// a connection from outside holds it up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Standing {
    pub phase: Phase,
    pub since: u64,
}

const PHASES: [Phase; 6] =
    [Phase::Waiting, Phase::Head, Phase::Request, Phase::Answer, Phase::Parting, Phase::Shut];
const BITS: u32 = 3;

impl Standing {
    pub fn new(phase: Phase, since: u64) -> Self {
        Self { phase, since }
    }

    pub fn packed(self) -> u64 {
        self.since << BITS | self.phase as u64
    }

    pub fn unpacked(number: u64) -> Self {
        let phase = PHASES.get((number & ((1 << BITS) - 1)) as usize).copied().unwrap_or(Phase::Shut);
        Self { phase, since: number >> BITS }
    }

    /// Whether no request is under way: the connection can be closed without harm to one.
    pub fn is_idle(self) -> bool {
        matches!(self.phase, Phase::Waiting | Phase::Head | Phase::Parting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_unpacked() {
        for phase in PHASES {
            let standing = Standing::new(phase, 1 << 40);
            assert_eq!(Standing::unpacked(standing.packed()), standing);
        }
    }
}
