//! The contract as it is served, and the pages that show it, which load nothing from elsewhere.

use std::{io::Read, sync::Arc};

use poem::{Endpoint, IntoResponse, Response, endpoint::make_sync, http::HeaderValue, web::Redirect};
use reqwest::Url;
use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;

use super::{api::Document, static_file::StaticFile};
use crate::{
    config::Docs,
    problem::{Kind, Problem},
};

const HTML: &str = "text/html; charset=utf-8";
const SCRIPT: &str = "text/javascript; charset=utf-8";
const STYLE: &str = "text/css; charset=utf-8";

/// The contract as JSON and YAML, by path.
pub fn contract(document: Arc<Document>) -> [(&'static str, StaticFile); 2] {
    let json = document.clone();
    [
        ("/openapi.json", StaticFile::new("application/json", move || json.json().into())),
        ("/openapi.yaml", StaticFile::new("application/yaml", move || document.yaml().into())),
    ]
}

/// The pages by path: Swagger UI to try requests out, Scalar to read. They may send requests to `servers`, too.
pub fn pages(servers: &[Url]) -> [(&'static str, StaticFile); 8] {
    let swagger_ui = StaticFile::new(HTML, || include_bytes!("docs/swagger_ui.html").into());
    let reference = StaticFile::new(HTML, || include_bytes!("docs/reference.html").into());
    [
        ("/docs", swagger_ui.with_policy(policy("'self'", servers))),
        ("/docs/swagger-ui.css", StaticFile::new(STYLE, || swagger_ui_file("swagger-ui.css"))),
        ("/docs/swagger-ui.js", StaticFile::new(SCRIPT, || swagger_ui_file("swagger-ui-bundle.js"))),
        ("/docs/try.css", StaticFile::new(STYLE, || include_bytes!("docs/try.css").into())),
        ("/docs/try.js", StaticFile::new(SCRIPT, || include_bytes!("docs/try.js").into())),
        // Scalar writes its styles into the page.
        ("/docs/reference", reference.with_policy(policy("'unsafe-inline'", servers))),
        ("/docs/scalar.js", StaticFile::new(SCRIPT, scalar)),
        ("/docs/read.js", StaticFile::new(SCRIPT, || include_bytes!("docs/read.js").into())),
    ]
}

/// What `/` answers: it leads to the pages or, without them, says what there is.
pub fn entrance(config: &Docs) -> impl Endpoint<Output = Response> + use<> {
    let is_enabled = config.enabled;
    make_sync(move |_| {
        if is_enabled {
            // Relative, as a proxy may have taken a path away.
            return Redirect::temporary("docs").into_response();
        }
        let detail = "This is an API without pages: its contract is at /openapi.json, its state at /health";
        Problem::new(Kind::NotFound).with_detail(detail).into_response()
    })
}

fn policy(styles: &str, servers: &[Url]) -> HeaderValue {
    let origins = servers.iter().map(|server| server.origin().ascii_serialization());
    let connect: Vec<_> = std::iter::once("'self'".to_owned()).chain(origins).collect();
    let connect = connect.join(" ");
    let policy = format!(
        "default-src 'none'; script-src 'self'; style-src {styles}; img-src 'self' data:; connect-src {connect}; \
         base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).expect("origins are text")
}

/// A file of Swagger UI's distribution, which comes as an archive of the whole project.
fn swagger_ui_file(name: &str) -> Vec<u8> {
    let mut archive = zip::ZipArchive::new(std::io::Cursor::new(SWAGGER_UI_VENDORED)).expect("an archive");
    let ending = format!("/dist/{name}");
    let mut paths = archive.file_names().filter_map(Result::ok);
    let path = paths.find(|path| path.ends_with(&ending)).expect("it is in there").into_owned();
    drop(paths);
    let mut content = Vec::new();
    archive.by_name(&path).expect("just found").read_to_end(&mut content).expect("whole");
    content
}

fn scalar() -> Vec<u8> {
    scalar_api_reference::get_asset("scalar.js").expect("it is compiled in")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_files_are_in_what_was_compiled_in() {
        for file in [swagger_ui_file("swagger-ui.css"), swagger_ui_file("swagger-ui-bundle.js"), scalar()] {
            assert!(file.len() > 100_000, "{}", file.len());
        }
    }
}
