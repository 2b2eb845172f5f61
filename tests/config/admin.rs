//! The listener for operators: what it needs, and that its token stays hidden.

use crate::{accepted, faults, load, refused};

const TOKEN: &str = "server.admin_token = \"hush-hush-hush-0123456789-hush-32\"\n";

#[test]
fn it_is_off_unless_it_has_an_address() {
    assert!(accepted("").admin.is_none());
    let (config, warnings) = load(TOKEN, &[]).expect("no fault");
    assert!(config.admin.is_none());
    assert!(
        warnings.iter().any(|warning| warning.to_string().contains("server.admin_listen is empty")),
        "{warnings:?}"
    );
    let admin = accepted("server.admin_listen = \"127.0.0.1:9000\"").admin.expect("a listener");
    assert_eq!((admin.listen.port(), admin.token()), (9000, None));
    refused("server.admin_listen = \"localhost\"", "server.admin_listen", "\"127.0.0.1:9100\"");
    refused(
        "server.admin_listen = \"127.0.0.1:8000\"",
        "server.admin_listen",
        "another address than server.listen",
    );
}

#[test]
fn beyond_loopback_it_needs_a_token() {
    for loopback in ["127.0.0.1:9000", "127.0.0.2:9000", "[::1]:9000", "[::ffff:127.0.0.1]:9000"] {
        accepted(&format!("server.admin_listen = \"{loopback}\""));
    }
    for public in ["0.0.0.0:9000", "[::]:9000", "10.0.0.1:9000", "[2001:db8::1]:9000"] {
        let listen = format!("server.admin_listen = \"{public}\"\n");
        refused(&listen, "server.admin_token", "not on loopback");
        let admin = accepted(&format!("{listen}{TOKEN}")).admin.expect("a listener");
        assert_eq!(admin.token(), Some("hush-hush-hush-0123456789-hush-32"));
        // One fault is enough.
        assert_eq!(faults(&format!("{listen}server.admin_token = \"short\"")).len(), 1);
    }
}

#[test]
fn a_trivial_token_is_refused() {
    let listen = "server.admin_listen = \"0.0.0.0:9000\"\n";
    for trivial in ["a".repeat(32), "ab".repeat(32), "123456789".repeat(8)] {
        refused(
            &format!("{listen}server.admin_token = \"{trivial}\""),
            "server.admin_token",
            "10 of them different",
        );
    }
}

#[test]
fn a_name_needs_a_token() {
    let named = "server.admin_listen = \"127.0.0.1:9000\"\nserver.admin_hosts = [\"verifier.internal\"]\n";
    refused(named, "server.admin_token", "proxy");
    accepted(&format!("{named}{TOKEN}"));
}

#[test]
fn the_token_is_never_printed() {
    for text in [
        "server.admin_token = \"hush\"",
        "server.admin_token = [\"hush\"]",
        "server.admin_tokn = \"hush\"",
        "server = \"hush\"",
    ] {
        let faults = load(text, &[]).unwrap_err();
        assert!(!faults.to_string().contains("hush"), "{faults}");
    }
    let config = accepted(&format!("server.admin_listen = \"127.0.0.1:9000\"\n{TOKEN}"));
    assert!(!format!("{config:?}").contains("hush"));
}

#[test]
fn hosts_are_names_alone() {
    let hosts = |hosts: &str| format!("server.admin_hosts = [{hosts}]");
    let config = accepted(&format!(
        "server.admin_listen = \"127.0.0.1:9000\"\n{TOKEN}{}",
        hosts("\"Verifier.internal\"")
    ));
    assert_eq!(config.admin.expect("a listener").hosts, ["verifier.internal"]);
    for wrong in ["\"verifier:9000\"", "\"*.internal\"", "\"http://verifier\"", "\"\""] {
        refused(&hosts(wrong), "server.admin_hosts", "a host name");
    }
}
