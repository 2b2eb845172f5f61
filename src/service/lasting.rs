use super::{metrics::Metrics, verdicts::Verdicts};
use crate::{app::lasting, config::RateLimit};

/// What outlives the parts of the service that were built from one configuration: those built from the next go on with it.
/// Clones share all of it.
#[derive(Clone)]
pub struct Lasting {
    /// What every app has.
    pub app: lasting::Lasting,
    /// What operators count.
    pub metrics: Metrics,
    /// The last verdicts, which operators look at.
    pub verdicts: Verdicts,
}

impl Default for Lasting {
    fn default() -> Self {
        let app = lasting::Lasting::default();
        Self { metrics: Metrics::default(), verdicts: Verdicts::new(app.ids.clock), app }
    }
}

impl Lasting {
    /// The same for a configuration with these quotas. Where one differs from that before, its count begins anew.
    pub fn with_quotas(self, quotas: &RateLimit) -> Self {
        Self { app: self.app.with_quotas(quotas), ..self }
    }
}
