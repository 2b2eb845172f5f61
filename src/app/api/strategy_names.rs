use super::one_of::Names;
use crate::config::StrategyKind;

/// The strategies that a configuration can choose.
pub struct StrategyNames;

impl Names for StrategyNames {
    fn all() -> Vec<&'static str> {
        StrategyKind::ALL.iter().copied().map(StrategyKind::name).collect()
    }
}
