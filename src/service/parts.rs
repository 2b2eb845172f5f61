//! What stands between a configuration and the service's routes.

use std::sync::Arc;

use super::{lasting::Lasting, metrics::Judgements, page_budget::PageBudget, stores::Stores};
use crate::{
    app::{
        lifecycle::Lifecycle,
        parts::{self, Additions},
        readiness::Watch,
    },
    config::{Config, StrategyKind},
    judgement::Observer,
};

/// The parts of a service, connected with each other. Nothing runs yet, so they can be looked at without a service.
pub struct Parts {
    /// Those that every app has.
    pub app: parts::Parts,
    /// What is kept in the service's own database.
    pub stores: Stores,
    /// Counts the bytes of pages, where anything is limited.
    pub page_budget: Option<Arc<PageBudget>>,
    /// What the parts of the next configuration go on with.
    pub lasting: Lasting,
}

impl Parts {
    /// Builds them, and looks at what is within reach of what they need. They go on with what `lasting` holds of the parts
    /// before, and end with `service` at the latest.
    ///
    /// # Errors
    ///
    /// A start-up fault, such as a database that lacks its tables.
    pub async fn build(config: &Config, lasting: Lasting, service: &Lifecycle) -> anyhow::Result<Self> {
        let lasting = lasting.with_quotas(&config.rate_limit);
        let additions = Additions { observer: judgements(config, &lasting), ..Additions::default() };
        let app = parts::Parts::build(config, &lasting.app, service, additions);
        // Boxed: what they await is deep and large.
        let stores = Box::pin(Stores::open(config, lasting.app.ids));
        let (stores, app) = tokio::try_join!(stores, Box::pin(app))?;
        let app = app.keeping_cut_offs_in(stores.cut_offs.clone());
        let page_budget = lasting
            .app
            .limits
            .as_ref()
            .map(|limits| Arc::new(PageBudget::new(limits.pages.clone(), app.authenticator.clone())));
        Ok(Self { app, stores, page_budget, lasting })
    }

    /// Starts what goes on in the background, and waits a moment for what it finds. What outlives the parts ends with
    /// `service`.
    pub async fn start(&self, service: &Lifecycle) -> Watch {
        if let Some(rotation) = self.stores.key_rotation.clone() {
            rotation.follow(&self.app.lifecycle).await;
        }
        self.app.start(&self.lasting.app, service).await
    }
}

/// Counts what happens, where operators look at it.
fn judgements(config: &Config, lasting: &Lasting) -> Option<Arc<dyn Observer>> {
    config.admin.as_ref()?;
    let strategies = config.in_use().into_iter().map(StrategyKind::name);
    Some(Arc::new(Judgements::new(lasting.metrics.clone(), strategies, lasting.verdicts.clone())))
}
