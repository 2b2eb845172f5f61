//! Maps of more depth than `config.toml` has.

use figment::value::Dict;

use super::super::{environment, fault::Faults, layers::Layers, reader::Reader, source::Source};

const SCHEMA: &str = "
    strategies = []
    better_auth.secret = \"\"

    [forward_auth]
    header = \"X-User\"

    [forward_auth.profiles.NAME]
    require = []
    optional = false
    audience = \"\"
    cache = { max_age = \"10s\", capacity = 7 }

    [forward_auth.profiles.NAME.headers]
    NAME = \"X-Other\"
";

struct Read {
    reader: Reader,
    warnings: Vec<String>,
}

fn read(file: &str, variables: &[(&str, &str)]) -> Result<Read, Vec<String>> {
    let mut layers = Layers::of(SCHEMA);
    layers.toml("verifier.toml", file);
    environment::read(
        &mut layers,
        variables.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())),
    );
    if !layers.faults.is_empty() {
        return Err(Faults(layers.faults).to_string().lines().map(str::to_owned).collect());
    }
    let warnings = layers.warnings.iter().map(ToString::to_string).collect();
    Ok(Read { reader: Reader::new(layers), warnings })
}

impl Read {
    fn names(&self, key: &str) -> Vec<String> {
        self.reader.get::<Dict>(key).into_keys().collect()
    }

    fn source(&self, key: &str) -> String {
        self.reader.sources().get(key).map(Source::to_string).unwrap_or_default()
    }
}

fn accepted(file: &str, variables: &[(&str, &str)]) -> Read {
    read(file, variables).unwrap_or_else(|faults| panic!("{file}: {faults:?}"))
}

#[track_caller]
fn refused(file: &str, key: &str, expected: &str) {
    let faults = read(file, &[]).err().unwrap_or_default();
    assert!(
        faults.len() == 1 && faults[0].starts_with(&format!("{key} = ")) && faults[0].contains(expected),
        "{file}: {faults:?}"
    );
}

#[test]
fn an_entry_has_what_it_says_and_the_defaults() {
    let mut read = accepted(
        "[forward_auth.profiles.admin]\nrequire = [\"role:admin\"]\ncache.max_age = \"1m\"\nheaders.id = \"X-Id\"\n\
         [forward_auth.profiles.Guests-2]\noptional = true\n[forward_auth.profiles.rest]",
        &[],
    );
    assert_eq!(read.names("forward_auth.profiles"), ["Guests-2", "admin", "rest"]);
    let optional = |name: &str| read.reader.get::<bool>(&format!("forward_auth.profiles.{name}.optional"));
    assert_eq!(["admin", "Guests-2", "rest"].map(optional), [false, true, false]);
    let require: Vec<String> = read.reader.get("forward_auth.profiles.admin.require");
    assert_eq!(require, ["role:admin"]);
    let capacity = read.reader.count("forward_auth.profiles.admin.cache.capacity");
    assert_eq!(capacity.get(), 7);
    assert_eq!(read.names("forward_auth.profiles.admin.headers"), ["id"]);
    assert_eq!(read.names("forward_auth.profiles.rest.headers"), [""; 0]);
    assert_eq!(read.source("forward_auth.profiles.admin.cache.max_age"), "verifier.toml");
    assert_eq!(read.source("forward_auth.profiles.admin.cache.capacity"), "the defaults");
}

#[test]
fn without_entries_there_is_an_empty_map() {
    // A copy of the schema is no entry called NAME.
    for file in ["", SCHEMA, "[forward_auth.profiles]"] {
        assert_eq!(accepted(file, &[]).names("forward_auth.profiles"), [""; 0], "{file}");
    }
}

#[test]
fn faults_within_an_entry_are_as_good_as_elsewhere() {
    let profile = "[forward_auth.profiles.admin]\n";
    let key = |name: &str| format!("forward_auth.profiles.admin.{name}");
    refused(&format!("{profile}optinal = true"), &key("optinal"), "did you mean `optional`?");
    refused(&format!("{profile}optional = 1"), &key("optional"), "true or false");
    refused(&format!("{profile}cache = 5"), &key("cache"), "a table");
    refused(&format!("{profile}headers.id = 5"), &key("headers.id"), "a string");
    refused("forward_auth.profiles.admin = true", "forward_auth.profiles.admin", "a table");
    refused("forward_auth.profiles = []", "forward_auth.profiles", "a table");
    refused("forward_auth.profile.admin.optional = true", "forward_auth.profile", "did you mean `profiles`?");
    // All at once.
    let all = format!("{profile}optional = 1\n[forward_auth.profiles.other]\nrequire = true");
    assert_eq!(read(&all, &[]).err().unwrap_or_default().len(), 2);

    let mut read = accepted(&format!("{profile}cache.max_age = \"soon\""), &[]);
    assert_eq!(read.reader.duration(&key("cache.max_age")).as_secs(), 10, "the default, after a fault");
    let faults = read.reader.finish(()).expect_err("a fault").to_string();
    assert!(
        faults.starts_with(
            "forward_auth.profiles.admin.cache.max_age = \"soon\" in verifier.toml: expected a duration"
        ),
        "{faults}"
    );
}

#[test]
fn a_name_can_be_a_part_of_a_key_and_of_a_variable() {
    for name in ["a.b", "", "a b", "a__b", "-a", "a_", "ä"] {
        let key = format!("forward_auth.profiles.{name}").escape_debug().to_string();
        refused(&format!("[forward_auth.profiles.{name:?}]"), &key, "letters and digits");
    }
    let alike = "[forward_auth.profiles.my-app]\n[forward_auth.profiles.my_app]";
    refused(alike, "forward_auth.profiles.my_app", "another name than that of `my-app`: both are MY_APP");
    let kept = "[forward_auth.profiles.NAME]\noptional = true";
    refused(kept, "forward_auth.profiles.NAME", "a name of your own in place of NAME");
    accepted("[forward_auth.profiles.name]\n[forward_auth.profiles.ADMIN]", &[]);
}

#[test]
fn a_variable_sets_what_an_entry_has() {
    let optional = ("VERIFIER_FORWARD_AUTH__PROFILES__ADMIN__OPTIONAL", "true");
    let alone = accepted("", &[optional, ("VERIFIER_FORWARD_AUTH__PROFILES__MY_APP__REQUIRE", "a, b")]);
    assert_eq!(alone.names("forward_auth.profiles"), ["admin", "my_app"]);
    assert!(alone.reader.get::<bool>("forward_auth.profiles.admin.optional"));
    assert_eq!(alone.reader.get::<Vec<String>>("forward_auth.profiles.my_app.require"), ["a", "b"]);
    assert_eq!(alone.source("forward_auth.profiles.admin.optional"), optional.0);
    assert_eq!(alone.source("forward_auth.profiles.admin.audience"), "the defaults");

    // It means the entry of the file that is spelt so.
    for name in ["admin", "Admin", "ADMIN"] {
        let file = format!("[forward_auth.profiles.{name}]\naudience = \"a\"");
        let read = accepted(&file, &[optional]);
        assert_eq!(read.names("forward_auth.profiles"), [name]);
        assert!(read.reader.get::<bool>(&format!("forward_auth.profiles.{name}.optional")), "{name}");
        assert_eq!(read.source(&format!("forward_auth.profiles.{name}.audience")), "verifier.toml");
    }
    let file = "[forward_auth.profiles.My-App]\nheaders.X-Id = \"id\"";
    let read = accepted(
        file,
        &[
            ("VERIFIER_FORWARD_AUTH__PROFILES__MY_APP__OPTIONAL", "true"),
            ("VERIFIER_FORWARD_AUTH__PROFILES__MY_APP__HEADERS__X_ID", "other"),
        ],
    );
    assert_eq!(read.names("forward_auth.profiles"), ["My-App"]);
    assert_eq!(read.reader.get::<String>("forward_auth.profiles.My-App.headers.X-Id"), "other");
}

#[test]
fn a_variable_of_the_wrong_form_is_a_fault_and_an_unknown_one_a_warning() {
    let name = "VERIFIER_FORWARD_AUTH__PROFILES__ADMIN__CACHE__CAPACITY";
    let faults = read("", &[(name, "many")]).err().unwrap_or_default();
    assert_eq!(
        faults,
        [format!(
            "forward_auth.profiles.admin.cache.capacity = \"many\" in environment variable {name}: expected a whole number"
        )]
    );
    for (name, hint) in [
        (
            "VERIFIER_FORWARD_AUTH__PROFILES__ADMIN__OPTINAL",
            "; did you mean VERIFIER_FORWARD_AUTH__PROFILES__ADMIN__OPTIONAL?",
        ),
        (
            "VERIFIER_FORWARD_AUTH__PROFILE__ADMIN__OPTIONAL",
            "; did you mean VERIFIER_FORWARD_AUTH__PROFILES__ADMIN__OPTIONAL?",
        ),
        (
            "VERIFIER_FORWARD_AUTH__PROFILES__admin__OPTIONAL",
            "; did you mean VERIFIER_FORWARD_AUTH__PROFILES__ADMIN__OPTIONAL?",
        ),
        ("VERIFIER_FORWARD_AUTH__PROFILES__ADMIN", ""),
    ] {
        let read = accepted("", &[(name, "true")]);
        assert_eq!(read.names("forward_auth.profiles"), [""; 0], "{name}");
        let [warning] = &*read.warnings else { panic!("{name}: {:?}", read.warnings) };
        assert!(
            warning.starts_with(&format!("environment variable {name} is unknown and ignored")),
            "{warning}"
        );
        assert!(warning.ends_with(hint), "{warning}");
    }
}
