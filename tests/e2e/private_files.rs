//! SQLite files that other users of the machine can read.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt,
    path::Path,
};

use crate::parts::{
    presented::Presented,
    service::{self, Service},
    settings::Settings,
    site::Site,
};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).expect("metadata").permissions().mode() & 0o777
}

fn chmod(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("to change the mode");
}

/// The lines that warn of a file, by their key.
fn warned(service: Service, key: &str) -> Vec<String> {
    let log = service.stop();
    let about = |line: &&str| line.contains(key) && line.contains("other users of this machine");
    log.lines().filter(about).map(str::to_owned).collect()
}

#[tokio::test]
async fn a_session_table_that_others_can_read_is_told_of() {
    const KEY: &str = "session_table.database_url";
    let site = Site::own_sqlite();
    let session = Presented::cookie(&site.ann().await);
    let path = site.better_auth.database_url().strip_prefix("sqlite://").expect("a file").to_owned();
    let settings = Settings::of(&site.better_auth, &["session_table"]);
    chmod(Path::new(&path), 0o600);
    let service = settings.start();
    service.me(&session).await.accepted();
    assert_eq!(warned(service, KEY), [""; 0]);
    for open in [0o640, 0o604, 0o666] {
        chmod(Path::new(&path), open);
        let warned = warned(settings.start(), KEY);
        assert_eq!(warned.len(), 1, "{warned:?}");
        for word in [&path, &format!("{open:o}"), "chmod 600"] {
            assert!(warned[0].contains(word), "{word} in {warned:?}");
        }
    }
    // What SQLite keeps beside it holds rows as well.
    chmod(Path::new(&path), 0o600);
    let beside = format!("{path}-wal");
    fs::write(&beside, "").expect("a file");
    chmod(Path::new(&beside), 0o644);
    let warned = warned(settings.start(), KEY);
    assert!(warned.len() == 1 && warned[0].contains(&beside), "{warned:?}");
}

#[test]
fn a_file_of_ones_own_is_made_for_its_user_alone() {
    let folder = tempfile::tempdir().expect("temporary folder");
    let file = folder.path().join("todos.db");
    let toml = format!(
        "strategies = [\"jwt\"]\nbetter_auth.url = \"http://127.0.0.1:9\"\ndatabase.url = \"sqlite://{}?mode=rwc\"",
        file.display()
    );
    assert_eq!(service::run(&["migrate"], &toml).code, Some(0));
    assert_eq!(mode(&file), 0o600);
    assert_eq!(warned(Service::start(&toml), "database.url"), [""; 0]);
    chmod(&file, 0o644);
    assert_eq!(warned(Service::start(&toml), "database.url").len(), 1);
    assert_eq!(mode(&file), 0o644, "whom somebody has let in stays in");
}

/// A relative path may be meant from another folder than this one: SQLite alone would say that it cannot open it.
#[test]
fn a_file_that_is_not_there_is_told_with_the_whole_path() {
    let toml = "strategies = [\"session_table\"]\nbetter_auth.secret = \"12345678\"\ntodos.enabled = false\n\
                session_table.database_url = \"file:./nowhere.db\"";
    let log = Service::start(toml).stop();
    let line = log.lines().find(|line| line.contains("there is no such file")).unwrap_or_default();
    assert!(line.contains("session_table.database_url") && line.contains("/nowhere.db"), "{log}");
}
