use std::collections::BTreeMap;

/// What `config.toml` says of its sections and keys, in the comment lines right above each.
pub(super) struct Comments(BTreeMap<String, String>);

impl Comments {
    pub fn of(text: &str) -> Self {
        let mut all = BTreeMap::new();
        let (mut section, mut comment) = (String::new(), Vec::new());
        let mut is_read = false;
        for line in text.lines() {
            if let Some(words) = line.strip_prefix('#') {
                if std::mem::take(&mut is_read) {
                    comment.clear();
                }
                comment.push(words.trim());
                continue;
            }
            let path = if let Some(header) = line.strip_prefix('[') {
                header.trim_end_matches(']').clone_into(&mut section);
                section.clone()
            } else if let Some((key, _)) = line.split_once(" = ") {
                if section.is_empty() { key.to_owned() } else { format!("{section}.{key}") }
            } else {
                comment.clear();
                continue;
            };
            if !comment.is_empty() {
                all.insert(path, comment.join(" "));
            }
            // A section's is not its first key's; a key's is also that of a key below that has none of its own.
            if line.starts_with('[') {
                comment.clear();
            }
            is_read = true;
        }
        Self(all)
    }

    /// What is said of a key or a section.
    pub fn about(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }
}

#[cfg(test)]
mod tests {
    use super::Comments;

    #[test]
    fn a_comment_is_about_what_follows_it() {
        let comments = Comments::of(
            "# Of the file.\n\n# First\n# line.\nkey = 1\n\n# Of the section.\n[a.b]\nbare = \"\"\n# Of two.\none = 1\ntwo = 2\n\nlast = 3\n",
        );
        assert_eq!(comments.about("key"), Some("First line."));
        assert_eq!(comments.about("a.b"), Some("Of the section."));
        assert_eq!(comments.about("a.b.bare"), None);
        assert_eq!([comments.about("a.b.one"), comments.about("a.b.two")], [Some("Of two."); 2]);
        assert_eq!(comments.about("a.b.last"), None);
    }
}
