use std::time::Duration;

use super::{Cache, StrategyKind, kinds, reader::Reader};

/// The behaviour of a strategy while it cannot decide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Outage {
    /// How long past its age a cached verdict is still used.
    pub stale_if_unavailable: Option<Duration>,
    /// The strategy to ask then.
    pub fallback: Option<StrategyKind>,
}

impl Outage {
    pub(super) fn read(reader: &mut Reader, section: &str) -> Self {
        let stale_if_unavailable =
            reader.optional_positive_duration(&format!("{section}.stale_if_unavailable"));
        let named = |name: &str| StrategyKind::fallbacks().find(|kind| kind.name() == name);
        let expected = format!("empty, or one of {}", kinds::names(StrategyKind::fallbacks()));
        let fallback = reader.optional(&format!("{section}.fallback"), &expected, named);
        Self { stale_if_unavailable, fallback }
    }

    /// `of_fallback` is the behaviour of the fallback itself.
    pub(super) fn check(
        &self,
        reader: &mut Reader,
        kind: StrategyKind,
        cache: Option<&Cache>,
        of_fallback: Option<&Self>,
    ) {
        let key = |name: &str| format!("{kind}.{name}");
        if self.fallback == Some(kind) {
            reader.fault(&key("fallback"), "another strategy than itself");
        } else if of_fallback.is_some_and(|other| other.fallback.is_some()) {
            reader.fault(&key("fallback"), "a strategy that has no fallback itself");
        }
        if self.stale_if_unavailable.is_none() {
            return;
        }
        if cache.is_none() {
            reader.fault(&key("stale_if_unavailable"), "empty, as the cache is off");
        }
        if let Some(fallback) = self.fallback {
            let expected = format!(
                "empty, as {key} = \"{fallback}\" is asked instead; {fallback} may have it",
                key = key("fallback")
            );
            reader.fault(&key("stale_if_unavailable"), &expected);
        }
    }
}
