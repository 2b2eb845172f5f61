use std::sync::Arc;

/// Paths of a protected tree that stay open to strangers: exact ones, or with `/*` at the end for everything below.
#[derive(Clone, Debug, Default)]
pub struct PublicPaths(Arc<[String]>);

impl PublicPaths {
    /// These, as they stand in a request.
    #[must_use]
    pub fn new(paths: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Self(paths.into_iter().map(Into::into).collect())
    }

    /// Whether this path is one of them. A path with dot segments, encoded or not, is never public: the handler behind it may
    /// read it as another path.
    #[must_use]
    pub fn contain(&self, path: &str) -> bool {
        let plain = path.to_ascii_lowercase().replace("%2e", ".");
        if plain.split(['/', '\\']).any(|segment| segment == ".." || segment == ".")
            || ["%2f", "%5c", "%25"].iter().any(|encoded| plain.contains(encoded))
        {
            return false;
        }
        self.0.iter().any(|allowed| match allowed.strip_suffix("/*") {
            Some(above) => path.strip_prefix(above).is_some_and(|below| below.starts_with('/')),
            None => path == allowed,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::PublicPaths;

    #[test]
    fn a1_only_listed_paths_are_public() {
        let public = PublicPaths::new(["/health", "/about/*"]);
        for path in ["/health", "/about/", "/about/us/imprint"] {
            assert!(public.contain(path), "{path}");
        }
        for path in [
            "/",
            "/healthy",
            "/health/",
            "/about",
            "/aboutus",
            "/about/../me",
            "/about/%2e%2E/me",
            "/about/%2f..",
            "/ABOUT/us",
        ] {
            assert!(!public.contain(path), "{path}");
        }
    }
}
