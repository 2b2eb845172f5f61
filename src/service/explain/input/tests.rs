use super::*;

const TOKEN: &str = "uGrJvFblN4Oy4dQKSk8ESBOEiokafC7t.jpr44ee2+bipNtvKhjPckHVJwnIkw8Zp6ODfXSDMp00=";
const ENCODED: &str = "uGrJvFblN4Oy4dQKSk8ESBOEiokafC7t.jpr44ee2%2BbipNtvKhjPckHVJwnIkw8Zp6ODfXSDMp00%3D";

fn read(text: &str) -> Pasted {
    Pasted::read(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The values of a header.
fn values(pasted: &Pasted, name: HeaderName) -> Vec<String> {
    let values = pasted.headers.get_all(name).iter();
    values.map(|value| String::from_utf8(value.as_bytes().to_vec()).expect("text")).collect()
}

#[test]
fn a_token_alone_is_a_bearer() {
    for text in [TOKEN, ENCODED, "eyJhbGciOiJFZERTQSJ9.e30.c2ln", "mk_1234", "a", "YWJjZA=="] {
        for written in
            [text.to_owned(), format!("\u{feff}  {text}\r\n"), format!("\"{text}\""), format!("'{text}'")]
        {
            let pasted = read(&written);
            assert_eq!(values(&pasted, header::AUTHORIZATION), [format!("Bearer {text}")], "{written}");
            assert!(pasted.remarks.is_empty());
        }
    }
    let (begin, end) = TOKEN.split_at(40);
    let wrapped = read(&format!("{begin}\r\n{end}\r\n"));
    assert_eq!(values(&wrapped, header::AUTHORIZATION), [format!("Bearer {TOKEN}")]);
    assert!(wrapped.remarks[0].contains("2 lines"), "{:?}", wrapped.remarks);
}

#[test]
fn a_header_is_what_it_says() {
    for (text, name, value) in [
        ("Authorization: Bearer abc", header::AUTHORIZATION, "Bearer abc"),
        ("authorization:Bearer abc", header::AUTHORIZATION, "Bearer abc"),
        ("Bearer abc", header::AUTHORIZATION, "Bearer abc"),
        ("DPoP abc", header::AUTHORIZATION, "DPoP abc"),
        ("Cookie: a=b; c=d", header::COOKIE, "a=b; c=d"),
        ("a=b; c=d", header::COOKIE, "a=b; c=d"),
        ("a=b", header::COOKIE, "a=b"),
        ("x-session-token: abc", HeaderName::from_static("x-session-token"), "abc"),
        ("Set-Cookie: a=b; Path=/; HttpOnly", header::COOKIE, "a=b"),
    ] {
        assert_eq!(values(&read(text), name), [value], "{text}");
    }
    let cookie = format!("__Secure-better-auth.session_token={ENCODED}");
    assert_eq!(values(&read(&cookie), header::COOKIE), [cookie]);
}

#[test]
fn a_head_ends_with_its_empty_line() {
    let head = "POST https://api.example/todos?x=1 HTTP/1.1\r\nHost: api.example\r\nOrigin: https://app.example\r\n\
                Cookie: a=b\r\ncookie: c=d\r\n\r\nAuthorization: no header\r\n";
    let pasted = read(head);
    assert_eq!(
        (pasted.method.as_str(), values(&pasted, header::COOKIE)),
        ("POST", vec!["a=b".into(), "c=d".into()])
    );
    assert_eq!(values(&pasted, header::ORIGIN), ["https://app.example"]);
    assert!(values(&pasted, header::AUTHORIZATION).is_empty());
    assert_eq!(pasted.remarks.len(), 1);
    let http2 = read(
        ":authority: api.example\n:method: DELETE\n:path: /todos/1?token=x\n:scheme: https\ncookie: a=b",
    );
    assert_eq!((http2.method.as_str(), values(&http2, header::COOKIE)), ("DELETE", vec!["a=b".into()]));
    assert!(http2.remarks[0].contains("query"), "{:?}", http2.remarks);
    let verbose = read(
        "* Connected\n> GET /api/me HTTP/1.1\n> Authorization: Bearer abc\n> \n< HTTP/1.1 401 Unauthorized",
    );
    assert_eq!(values(&verbose, header::AUTHORIZATION), ["Bearer abc"]);
    let answer = read("HTTP/1.1 200 OK\nSet-Cookie: a=b; Secure\nSet-Cookie: c=d\nContent-Length: 0");
    assert_eq!(values(&answer, header::COOKIE), ["a=b", "c=d"]);
}

#[test]
fn curl_lines_are_read_as_a_shell_reads_them() {
    for (line, method, name, value) in [
        ("curl https://a.example -H 'Authorization: Bearer abc'", "GET", header::AUTHORIZATION, "Bearer abc"),
        ("$ curl -sSLH \"Authorization: Bearer abc\" a.example", "GET", header::AUTHORIZATION, "Bearer abc"),
        ("curl \\\r\n  --header=Cookie:\\ a=b \\\r\n  a.example", "GET", header::COOKIE, "a=b"),
        ("curl 'https://a.example' -b 'a=b; c=d' --data-raw '{}'", "POST", header::COOKIE, "a=b; c=d"),
        ("curl -b\"a=\\\"b\\\"\" -XPATCH a.example", "PATCH", header::COOKIE, "a=\"b\""),
        ("curl --cookie $'a=it\\'s\\u0021\\x41' -I a.example", "HEAD", header::COOKIE, "a=it's!A"),
        (
            "curl -X DELETE -H 'X-Session-Token: t' a",
            "DELETE",
            HeaderName::from_static("x-session-token"),
            "t",
        ),
        ("curl -d x=y -G --oauth2-bearer abc a.example", "GET", header::AUTHORIZATION, "Bearer abc"),
        ("curl -u ann:pass a.example", "GET", header::AUTHORIZATION, "Basic YW5uOnBhc3M="),
        ("curl -T file -H 'Cookie: a=b' a.example; curl -H 'Cookie: no'", "PUT", header::COOKIE, "a=b"),
        ("curl -o -H -H 'Cookie: a=b' a.example", "GET", header::COOKIE, "a=b"),
    ] {
        let pasted = read(line);
        assert_eq!(
            (pasted.method.as_str(), values(&pasted, name)),
            (method, vec![value.to_owned()]),
            "{line}"
        );
    }
    for (line, remark) in [("curl -b jar.txt a", "-b names a file"), ("curl -H @file a", "-H names a file")] {
        assert!(read(line).remarks[0].contains(remark), "{line}");
    }
}

#[test]
fn what_is_not_understood_is_said_without_being_quoted() {
    const HIDDEN: &str = "hunter2-swordfish";
    for (text, expected) in [
        ("", NotUnderstood::Empty),
        (" \r\n ", NotUnderstood::Empty),
        (&format!("https://a.example/?token={HIDDEN}"), NotUnderstood::Address),
        (&format!(r#"{{"token":"{HIDDEN}"}}"#), NotUnderstood::Json),
        (&format!("my token is {HIDDEN}"), NotUnderstood::Other),
        (&format!("curl -H 'Cookie: a={HIDDEN}"), NotUnderstood::OpenQuotation),
        (
            &format!("curl ^\"https://a.example^\" ^\r\n -H ^\"Cookie: a={HIDDEN}^\""),
            NotUnderstood::OtherShell,
        ),
        (&format!("GET / HTTP/1.1\nCookie: a=b\n{HIDDEN}"), NotUnderstood::Header(3)),
        (&format!("Cookie: a=\u{7}{HIDDEN}"), NotUnderstood::Characters("value of a header")),
    ] {
        let error = Pasted::read(text).expect_err(text);
        assert_eq!(error, expected, "{text}");
        assert!(!error.to_string().contains(HIDDEN), "{error}");
    }
    let pasted = format!("{:?}", read(&format!("Cookie: a={HIDDEN}")));
    assert!(!pasted.contains(HIDDEN), "{pasted}");
}
