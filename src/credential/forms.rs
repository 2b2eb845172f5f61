use std::fmt;

use super::{Carrier, Credential, Form, NotMine};

/// A set of forms, each in certain carriers: what a strategy claims.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Forms(u64);

const _: () = assert!(Form::ALL.len() * Carrier::ALL.len() <= 64, "each form has a bit for each carrier");

impl Forms {
    /// None at all.
    pub const NONE: Self = Self(0);
    /// Every form in every carrier.
    pub const ANY: Self = Self::NONE.with(Form::ALL, Carrier::ALL);

    /// These forms in these carriers.
    #[must_use]
    pub const fn of(forms: &[Form], carriers: &[Carrier]) -> Self {
        Self::NONE.with(forms, carriers)
    }

    /// The same set, and these forms in these carriers.
    #[must_use]
    pub const fn with(self, forms: &[Form], carriers: &[Carrier]) -> Self {
        let (mut set, mut form) = (self.0, 0);
        while form < forms.len() {
            let mut carrier = 0;
            while carrier < carriers.len() {
                set |= bit(forms[form], carriers[carrier]);
                carrier += 1;
            }
            form += 1;
        }
        Self(set)
    }

    /// Whether this form in this carrier is in the set.
    #[must_use]
    pub const fn contains(self, form: Form, carrier: Carrier) -> bool {
        self.0 & bit(form, carrier) != 0
    }

    /// What is in both sets: of two strategies, what the first takes from the second.
    #[must_use]
    pub const fn overlap(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether nothing is in it.
    #[must_use]
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// The forms in it, each with its carrier.
    pub fn iter(self) -> impl Iterator<Item = (Form, Carrier)> {
        let pairs = Form::ALL.iter().flat_map(|form| Carrier::ALL.iter().map(|carrier| (*form, *carrier)));
        pairs.filter(move |(form, carrier)| self.contains(*form, *carrier))
    }

    /// Admits a credential that has one of the forms.
    ///
    /// # Errors
    ///
    /// The form that it has instead.
    pub fn admit(self, credential: &Credential) -> Result<(), NotMine> {
        if !self.overlap(credential.forms()).is_empty() {
            return Ok(());
        }
        let form = credential.forms().iter().next().map_or(Form::Opaque, |(form, _)| form);
        Err(NotMine::Form { form, carrier: credential.carrier() })
    }
}

impl fmt::Debug for Forms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

const fn bit(form: Form, carrier: Carrier) -> u64 {
    1 << (form as usize * Carrier::ALL.len() + carrier as usize)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_held_against_each_other() {
        let jwts = Forms::of(&[Form::Jwt], &[Carrier::Authorization, Carrier::Header]);
        let headers = Forms::of(Form::ALL, &[Carrier::Header]);
        assert_eq!(jwts.overlap(headers), Forms::of(&[Form::Jwt], &[Carrier::Header]));
        assert!(jwts.overlap(Forms::of(&[Form::Jwe], Carrier::ALL)).is_empty());
        let refused = jwts.admit(&Credential::api_key("token"));
        assert_eq!(refused, Err(NotMine::Form { form: Form::ApiKey, carrier: Carrier::ApiKey }));
    }
}
