use std::{fmt, time::Duration};

use super::{Check, Verdict};
use crate::{
    credential::NotMine,
    error::{Undecidable, Unverified},
    policy::Decision,
};

/// One step of a judgement. Prints as a sentence, without the identity that was verified.
#[derive(Clone)]
#[non_exhaustive]
pub enum Step<'a> {
    /// The client has failed too often. Only a proven or cached credential is judged now: the strategies look whether this one
    /// is, then the judgement begins, or the request is rejected.
    FailureLimited,
    /// The client has failed too often, and this strategy looks whether it holds the credential in its cache or can prove it.
    Looked {
        /// Its name: the checks that follow are its own.
        strategy: &'static str,
    },
    /// A strategy does not claim the credential; the next one follows.
    NotClaimed {
        /// The name of the strategy that does not claim it.
        strategy: &'static str,
        /// The reason.
        because: NotMine,
    },
    /// A strategy claims the credential and begins to decide.
    Claimed {
        /// Its name: from now on the verdict is up to it.
        strategy: &'static str,
    },
    /// A cache answers with an earlier verdict, verified or refused, so no check follows.
    Remembered {
        /// The strategy inside the cache.
        strategy: &'static str,
        /// How long ago the look-up began.
        age: Duration,
    },
    /// Another request asks about the same credential at the same time; this one gets the same answer, so no check
    /// follows.
    Shared {
        /// The strategy inside the cache.
        strategy: &'static str,
        /// How long ago the look-up began.
        age: Duration,
    },
    /// The cache holds no usable entry for the credential, and no other request is asking: the strategy inside decides.
    NotRemembered {
        /// The strategy inside the cache.
        strategy: &'static str,
    },
    /// The store or service behind a strategy has answered, or has not in time.
    LookedUp {
        /// The strategy inside the guard.
        strategy: &'static str,
        /// The result, before the ban rule.
        verdict: &'a Verdict,
        /// The time that it took, without the wait for its turn.
        took: Duration,
    },
    /// The store or service behind a strategy was out of reach several times in a row: its breaker admits no look-up for a moment.
    BreakerOpen {
        /// The strategy inside the guard.
        strategy: &'static str,
        /// The time until the breaker admits a try.
        retry_after: Duration,
    },
    /// A strategy could not decide, so its fallback is asked.
    FellBack {
        /// The name of the first, which could not decide.
        strategy: &'static str,
        /// The name of the one that is asked instead.
        fallback: &'static str,
        /// The reason why the first could not decide: an outage, or an answer that makes no sense.
        reason: &'a Undecidable,
    },
    /// A strategy compared a part of the credential, such as its signature or its audience, with the expected value.
    Checked(Check),
    /// A strategy has decided, or passed the credential over.
    Decided {
        /// The name of the strategy that reached the verdict: after a [fallback](Self::FellBack) that is the second, unless it
        /// passed the credential over.
        strategy: &'static str,
        /// The verdict, after the ban rule.
        verdict: &'a Verdict,
        /// The time since the credential was claimed; after a fallback, by the first. `None` if no observer
        /// [hears details](super::Observer::hears_details).
        took: Option<Duration>,
    },
    /// A policy has decided whether a known caller may pass.
    PolicyDecided {
        /// The policy's name, as it stands in the log.
        policy: &'a str,
        /// Permitted, denied with a reason, or undecidable.
        decision: &'a Decision,
        /// The time that the policy took. `None` if no observer [hears details](super::Observer::hears_details).
        took: Option<Duration>,
    },
}

impl fmt::Debug for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Step<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FailureLimited => {
                f.write_str("the client has failed too often: only proven or cached credentials are judged")
            }
            Self::Looked { strategy } => {
                write!(f, "{strategy} looks whether the credential is cached or proven")
            }
            Self::NotClaimed { strategy, because } => write!(f, "{strategy} does not claim it: {because}"),
            Self::Claimed { strategy } => write!(f, "{strategy} claims it"),
            Self::Remembered { strategy, age } => {
                write!(f, "{strategy} decided it {age:?} ago, and the cache holds the verdict")
            }
            Self::Shared { strategy, age } => {
                write!(f, "{strategy} decides it in a look-up that another request began {age:?} ago")
            }
            Self::NotRemembered { strategy } => {
                write!(f, "the cache holds no verdict, so {strategy} decides")
            }
            Self::LookedUp { strategy, verdict, took } => {
                let undecidable =
                    matches!(verdict.as_ref().map_err(Unverified::alone), Err(Unverified::Undecidable(_)));
                let answered = if undecidable { "could not answer" } else { "answered" };
                write!(f, "the store or service of {strategy} {answered} after {took:?}")
            }
            Self::BreakerOpen { strategy, retry_after } => {
                write!(f, "the breaker of {strategy} is open for another {retry_after:?}")
            }
            Self::FellBack { strategy, fallback, reason } => {
                write!(f, "{strategy} could not decide: {reason}; {fallback} is asked")
            }
            Self::Checked(check) => check.fmt(f),
            Self::Decided { strategy, verdict, took } => {
                match verdict {
                    Ok(_) => write!(f, "{strategy}: verified")?,
                    Err(unverified) => write!(f, "{strategy}: {unverified}")?,
                }
                took.map_or(Ok(()), |took| write!(f, ", after {took:?}"))
            }
            Self::PolicyDecided { policy, decision, took } => {
                match decision {
                    Ok(()) => write!(f, "policy {policy}: permitted")?,
                    Err(unpermitted) => write!(f, "policy {policy}: {unpermitted}")?,
                }
                took.map_or(Ok(()), |took| write!(f, ", after {took:?}"))
            }
        }
    }
}
