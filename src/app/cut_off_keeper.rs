//! Keeps cut-offs for as long as the service runs.

use std::{mem, sync::Arc, time::Duration};

use tokio::{
    sync::{Mutex, oneshot},
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

use super::{cut_off_store::CutOffStore, lifecycle::Lifecycle, readiness::FIRST_LOOK};
use crate::{
    database::is_about_value,
    revocation::{Revocations, Unkept},
};

const PAUSE: Duration = Duration::from_secs(1);
/// How often a database that fails is asked again while the service stops.
const LAST_TRIES: u32 = 4;

/// Where cut-offs are kept at present. It outlives the parts of a service: as long as the store stays the same, nothing has
/// to be read again, and every token is decided meanwhile. Clones are the same.
#[derive(Clone, Default)]
pub struct CutOffKeeper(Arc<Mutex<Option<Keeping>>>);

/// The tasks that keep cut-offs in a store.
struct Keeping {
    store: CutOffStore,
    tasks: Lifecycle,
}

impl CutOffKeeper {
    /// From now on keeps what feeds hear in this store, or nowhere. A new store first tells what it has kept, and until then
    /// no token is decided: a start waits for that, but not for long.
    pub async fn keep_in(&self, store: Option<&CutOffStore>, revocations: &Revocations, service: &Lifecycle) {
        let mut keeping = self.0.lock().await;
        if let (Some(present), Some(next)) = (&*keeping, store)
            && present.store.is(next)
        {
            return;
        }
        let last = keeping.take();
        if let Some(store) = store {
            let (store, tasks) = (store.clone(), service.child());
            let restored = Task { store: store.clone() }.begin(revocations, &tasks);
            *keeping = Some(Keeping { store, tasks });
            stop(last);
            // At the end: whoever waits may be dropped meanwhile.
            let _ = timeout(FIRST_LOOK, restored).await;
        } else if last.is_some() {
            revocations.keep_no_longer();
            stop(last);
        }
    }
}

/// Stops the tasks of the last store. Only after those of the next have begun, which take over what these have not kept.
fn stop(last: Option<Keeping>) {
    if let Some(last) = last {
        last.tasks.stop();
    }
}

/// What goes on in the background.
struct Task {
    store: CutOffStore,
}

impl Task {
    /// Begins, and answers with what says that the store has told all it kept.
    fn begin(self, revocations: &Revocations, lifecycle: &Lifecycle) -> oneshot::Receiver<()> {
        let unkept = revocations.keep();
        let revocations = revocations.clone();
        let (told, restored) = oneshot::channel();
        lifecycle.spawn_finishing(|stop| async move {
            if stop.run_until_cancelled(self.tell_at_last(&revocations)).await.is_some() {
                unkept.complete();
                // Nobody waits any more if it took long.
                let _ = told.send(());
            }
            self.keep_heard(unkept, &stop).await;
        });
        restored
    }

    /// Tells what was kept, as soon as the database lets it.
    async fn tell_at_last(&self, revocations: &Revocations) {
        let mut is_away = false;
        while let Err(error) = self.store.tell(revocations).await {
            if !mem::replace(&mut is_away, true) {
                tracing::warn!(
                    "database.url: the service cannot read its cut-offs ({error}). JWTs and cookie caches that no other strategy \
                     decides get 503; it tries again every second and says here when it can"
                );
            }
            sleep(PAUSE).await;
        }
        if is_away {
            tracing::info!("database.url: the service has read its cut-offs");
        }
    }

    /// Keeps what feeds hear; when the service stops, what is left, unless the database fails.
    async fn keep_heard(&self, mut unkept: Unkept, stop: &CancellationToken) {
        let (mut last_tries, mut is_away) = (LAST_TRIES, false);
        loop {
            let cut_off = match unkept.try_recv() {
                Some(cut_off) => cut_off,
                None => match stop.run_until_cancelled(unkept.recv()).await {
                    Some(cut_off) => cut_off,
                    None => return,
                },
            };
            while let Err(error) = self.store.keep(&cut_off).await {
                if is_about_value(&error) {
                    tracing::error!(
                        "database.url: the database refuses a cut-off ({error}). It counts until this service restarts"
                    );
                    break;
                }
                if !mem::replace(&mut is_away, true) {
                    tracing::warn!(
                        "database.url: the service cannot keep its cut-offs ({error}). Until it can, a restart forgets the newest; it \
                         tries again every second and says here when it can"
                    );
                }
                if stop.run_until_cancelled(sleep(PAUSE)).await.is_none() {
                    last_tries -= 1;
                    sleep(PAUSE / 4).await;
                }
                if last_tries == 0 {
                    if !unkept.put_back(&cut_off) {
                        tracing::error!(
                            "database.url: stopping with unsaved cut-offs: tokens that they ended count again after the next \
                             start"
                        );
                    }
                    return;
                }
            }
            if mem::take(&mut is_away) {
                tracing::info!("database.url: the service keeps its cut-offs again");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::Instant;

    use super::*;
    use crate::{app::own_tables::OwnTables, database::Address, revocation::Feeds};

    const USERS: u32 = 50;
    const DRAIN: Duration = Duration::from_secs(10);

    async fn store(file: &str, folder: &tempfile::TempDir) -> CutOffStore {
        let address = format!("sqlite://{}/{file}?mode=rwc", folder.path().display());
        let address: Address = address.parse().expect("an address");
        let tables = OwnTables::open(&address, DRAIN);
        tables.migrate().await.expect("its tables");
        CutOffStore::new(tables, address)
    }

    async fn kept_by(store: &CutOffStore) -> Revocations {
        let revocations = Revocations::default();
        CutOffKeeper::default().keep_in(Some(store), &revocations, &Lifecycle::default()).await;
        revocations
    }

    #[tokio::test]
    async fn what_feeds_heard_is_kept_when_the_service_ends() {
        let folder = tempfile::tempdir().expect("a folder");
        let (store, service) = (store("own.db", &folder).await, Lifecycle::default());
        let revocations = Revocations::default();
        CutOffKeeper::default().keep_in(Some(&store), &revocations, &service).await;
        let feed = Feeds::new(revocations, Vec::new).open("a feed");
        for user in 0..USERS {
            feed.cut_off(&user.to_string());
        }
        assert!(service.end(Instant::now() + DRAIN).await);

        let later = kept_by(&store).await;
        assert!((0..USERS).all(|user| later.is_cut_off(&user.to_string(), 0)));
        assert!(!later.is_cut_off("another", 0));
    }

    #[tokio::test]
    async fn the_same_store_is_not_read_again_and_another_takes_over() {
        let folder = tempfile::tempdir().expect("a folder");
        let (one, other) = (store("one.db", &folder).await, store("other.db", &folder).await);
        let (keeper, revocations, service) = <(CutOffKeeper, Revocations, Lifecycle)>::default();
        let feed = Feeds::new(revocations.clone(), Vec::new).open("a feed");
        keeper.keep_in(Some(&one), &revocations, &service).await;
        let again = store("one.db", &folder).await;
        {
            let mut again = std::pin::pin!(keeper.keep_in(Some(&again), &revocations, &service));
            assert!(futures_util::poll!(&mut again).is_ready(), "nothing is read");
        }
        revocations.ensure_complete().expect("every token is decided meanwhile");
        keeper.keep_in(Some(&other), &revocations, &service).await;
        revocations.ensure_complete().expect("the other has told all");
        feed.cut_off("ann");
        assert!(service.end(Instant::now() + DRAIN).await);
        assert!(kept_by(&other).await.is_cut_off("ann", 0));
        assert!(!kept_by(&one).await.is_cut_off("ann", 0));
    }

    #[tokio::test]
    async fn without_a_store_no_token_waits_for_one_that_never_answered() {
        let folder = tempfile::tempdir().expect("a folder");
        let address: Address =
            format!("sqlite://{}/missing/own.db", folder.path().display()).parse().expect("an address");
        let away = CutOffStore::new(OwnTables::open(&address, DRAIN), address);
        let (keeper, revocations, service) = <(CutOffKeeper, Revocations, Lifecycle)>::default();
        keeper.keep_in(Some(&away), &revocations, &service).await;
        revocations.ensure_complete().expect_err("it has told nothing");
        keeper.keep_in(None, &revocations, &service).await;
        revocations.ensure_complete().expect("nobody is waited for");
    }
}
