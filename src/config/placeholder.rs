/// Whether a key, such as `NAME`, stands for names that the user chooses.
pub(super) fn is_placeholder(key: &str) -> bool {
    !key.is_empty() && key.bytes().all(|byte| byte.is_ascii_uppercase())
}
