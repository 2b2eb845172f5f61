//! Guesses at misspelt words.

use strsim::damerau_levenshtein;

/// The candidate nearest to `word`, if a typing error could explain the difference.
pub(super) fn nearest<'a>(word: &str, candidates: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    candidates
        .map(|candidate| (damerau_levenshtein(word, candidate), candidate))
        .filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(4))
        .min()
        .map(|(_, candidate)| candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_word_and_another_word_does_not() {
        let keys = || ["listen", "max_body", "drain"].into_iter();
        assert_eq!(nearest("listn", keys()), Some("listen"));
        assert_eq!(nearest("max-body", keys()), Some("max_body"));
        assert_eq!(nearest("port", keys()), None);
    }
}
