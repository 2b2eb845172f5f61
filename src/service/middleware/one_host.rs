use poem::{
    Request,
    http::{Version, header},
};

use crate::problem::{Kind, Problem};

/// Answers 400 to a request with two hosts, and to one of HTTP/1.1 without (RFC 9112 section 3.2): a proxy in front may have
/// taken another one for the right one.
pub fn one_host(request: &Request) -> Result<(), Problem> {
    let hosts = request.headers().get_all(header::HOST).iter().count();
    let is_absent = hosts == 0 && request.version() >= Version::HTTP_11;
    if is_absent || hosts > 1 {
        let detail =
            if is_absent { "the `Host` header is missing" } else { "there is more than one `Host` header" };
        return Err(Problem::new(Kind::BadRequest).with_detail(detail));
    }
    Ok(())
}
