//! What an app sets in its code, each key by the text that an environment variable would have.

use figment::util::nest;

use super::{environment, fault::Fault, fault::shown_text, layers::Layers, source::Source};

/// Puts these over what there is.
pub(super) fn read(layers: &mut Layers, settings: &[(String, String)]) {
    for (key, text) in settings {
        let faults = match environment::typed(&layers.schema, key, text) {
            Ok(value) => {
                let mut values = nest(key, value).into_dict().unwrap_or_default();
                let faults = layers.schema.check(&Source::Code, &mut values);
                layers.put(&Source::Code, values);
                faults
            }
            Err(expected) => vec![Fault {
                key: key.clone(),
                found: shown_text(key, text),
                expected: expected.to_owned(),
                origin: Source::Code.in_words(),
            }],
        };
        layers.faults.extend(faults);
    }
}
