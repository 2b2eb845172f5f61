use poem::http::HeaderValue;

use crate::service::static_file::StaticFile;

/// The page loads its own files and asks its own service, and nothing else; no page shows it in a frame.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; \
     form-action 'none'; frame-ancestors 'none'",
);

/// The files of the page, by their paths. They hold nothing of this service.
pub fn files() -> [(&'static str, StaticFile); 7] {
    let page = StaticFile::new("text/html; charset=utf-8", || include_bytes!("page.html").into());
    [
        ("/", page.with_policy(POLICY)),
        ("/page.css", StaticFile::new("text/css; charset=utf-8", || include_bytes!("page.css").into())),
        ("/page.js", script(include_bytes!("page.js"))),
        ("/ask.js", script(include_bytes!("ask.js"))),
        ("/doctor.js", script(include_bytes!("doctor.js"))),
        ("/element.js", script(include_bytes!("element.js"))),
        ("/explain.js", script(include_bytes!("explain.js"))),
    ]
}

fn script(text: &'static [u8]) -> StaticFile {
    StaticFile::new("text/javascript; charset=utf-8", || text.into())
}
