use super::{AnyStrategy, Freshness, Standing, Strategy, Vitals};
use crate::{
    credential::{Credential, Forms, NotMine},
    error::Unverified,
    judgement::Verdict,
    revocation::{Feeds, Revocations},
};

/// A strategy around another one, such as [`Cached`](crate::Cached) and [`Guarded`](crate::Guarded).
///
/// Every wrapper is a [`Strategy`]. For a method that it does not implement, the inner strategy answers: this trait and the
/// implementation below are the only place that forwards. The inner strategy is an [`AnyStrategy`], so that wrappers can be
/// nested without types and futures that grow with every level.
pub trait Wrapper: Send + Sync + 'static {
    /// The strategy inside, which has the name and claims the credentials.
    fn inner(&self) -> &AnyStrategy;

    /// See [`Strategy::verify`].
    fn verify(&self, credential: &Credential) -> impl Future<Output = Verdict> + Send;

    /// See [`Strategy::precheck`].
    fn precheck(&self, credential: &Credential) -> Option<Verdict> {
        self.inner().precheck(credential)
    }

    /// See [`Strategy::unanswered`].
    fn unanswered(&self, error: Unverified) -> Unverified {
        self.inner().unanswered(error)
    }

    /// See [`Strategy::standing`].
    fn standing(&self, credential: &Credential) -> impl Future<Output = Standing> + Send {
        self.inner().standing(credential)
    }

    /// See [`Strategy::probe`].
    fn probe(&self) -> impl Future<Output = Result<(), Unverified>> + Send {
        self.inner().probe()
    }

    /// See [`Strategy::follow`].
    fn follow(&self, feeds: Feeds) -> impl Future<Output = ()> + Send {
        self.inner().follow(feeds)
    }

    /// See [`Strategy::revocations`].
    fn revocations(&self) -> Option<Revocations> {
        self.inner().revocations()
    }

    /// See [`Strategy::freshness`].
    fn freshness(&self) -> Freshness {
        self.inner().freshness()
    }

    /// See [`Strategy::vitals`].
    fn vitals(&self) -> Vec<Vitals> {
        self.inner().vitals()
    }
}

// A method that is not forwarded would silently fall back to its default.
#[deny(clippy::missing_trait_methods)]
impl<W: Wrapper> Strategy for W {
    fn name(&self) -> &'static str {
        self.inner().name()
    }

    fn forms(&self) -> Forms {
        self.inner().forms()
    }

    fn claims(&self, credential: &Credential) -> Result<(), NotMine> {
        self.inner().claims(credential)
    }

    fn precheck(&self, credential: &Credential) -> Option<Verdict> {
        Wrapper::precheck(self, credential)
    }

    fn unanswered(&self, error: Unverified) -> Unverified {
        Wrapper::unanswered(self, error)
    }

    fn standing(&self, credential: &Credential) -> impl Future<Output = Standing> + Send {
        Wrapper::standing(self, credential)
    }

    fn verify(&self, credential: &Credential) -> impl Future<Output = Verdict> + Send {
        Wrapper::verify(self, credential)
    }

    fn probe(&self) -> impl Future<Output = Result<(), Unverified>> + Send {
        Wrapper::probe(self)
    }

    fn follow(&self, feeds: Feeds) -> impl Future<Output = ()> + Send {
        Wrapper::follow(self, feeds)
    }

    fn revocations(&self) -> Option<Revocations> {
        Wrapper::revocations(self)
    }

    fn freshness(&self) -> Freshness {
        Wrapper::freshness(self)
    }

    fn vitals(&self) -> Vec<Vitals> {
        Wrapper::vitals(self)
    }
}
