//! The table of what an answer becomes, at each step of a run.

use super::*;

/// The answer in the place of each step of Cloudflare's; what comes of it must be the same.
fn everywhere(bad: fn() -> Answer, expected: &Outcome) {
    let before: [Vec<Answer>; 3] = [vec![], vec![zone()], vec![zone(), record("192.0.2.1")]];
    for mut answers in before {
        answers.push(bad());
        assert_eq!(script(task("example.com"), answers).1, *expected);
    }
}

fn failed(what: &str) -> Outcome {
    Outcome::Failed(what.to_owned())
}

#[test]
fn what_is_not_the_services_never_halts() {
    const PORTAL: &str = "<!DOCTYPE html><html><body>Please log in</body></html>";
    let html = |status: &str| {
        failed(&format!(
            "the answer is an HTML page: a captive portal, a proxy, or option server and path are not right (HTTP {status})"
        ))
    };
    everywhere(|| answer(200, PORTAL), &html("200"));
    everywhere(|| answer(401, PORTAL), &html("401"));
    everywhere(|| answer(403, PORTAL), &html("403 Forbidden"));
    everywhere(|| answer(404, PORTAL), &html("404 Not Found: option server and path may not be right"));
    everywhere(|| answer(422, PORTAL), &html("422"));
    everywhere(|| answer(403, "no"), &failed("the answer is not JSON (HTTP 403 Forbidden)"));
    everywhere(|| answer(200, ""), &failed("the answer is empty (HTTP 200)"));
    everywhere(
        || answer(200, "{\"result\": [{\"id\""),
        &failed("the answer is JSON that is cut off or broken (HTTP 200)"),
    );
    everywhere(|| answer(206, "x"), &failed("the answer is not JSON (HTTP 206)"));
    everywhere(
        || answer(302, ""),
        &failed(
            "the answer is a redirect to another address (HTTP 302), which is never followed: a captive portal, or option \
         server and path are not right",
        ),
    );
    everywhere(|| answer(200, " ".repeat(MAX_ANSWER + 1)), &failed("the answer is longer than 1 MiB"));
}

#[test]
fn what_passes_is_tried_again() {
    for status in [408, 409, 423, 500, 502, 504] {
        let answers = vec![error(status, 7, "try later")];
        let expected = failed(&format!("7: try later (HTTP {status})"));
        assert_eq!(script(task("example.com"), answers).1, expected);
    }
    everywhere(|| answer(500, ""), &failed("the service answered with HTTP status 500"));
}

#[test]
fn what_is_asked_to_wait_waits() {
    everywhere(|| error(429, 10000, "rate"), &Outcome::RetryAfter(None));
    everywhere(|| answer(503, "<html>"), &Outcome::RetryAfter(None));
    fn with(retry_after: Option<&str>, reset: Option<&str>) -> Outcome {
        let mut it = answer(429, "{}");
        it.head.retry_after = retry_after.map(str::to_owned);
        it.head.ratelimit_reset = reset.map(str::to_owned);
        script(task("example.com"), vec![it]).1
    }
    assert_eq!(with(Some("120"), Some("9")), Outcome::RetryAfter(Some(120)));
    assert_eq!(with(None, Some("1764000090")), Outcome::RetryAfter(Some(90)));
    assert_eq!(with(None, Some("45")), Outcome::RetryAfter(Some(45)));
    assert_eq!(with(None, Some("soon")), Outcome::RetryAfter(None));
}

#[test]
fn refusals_halt_with_the_apis_own_words() {
    everywhere(|| error(401, 9, "who?"), &Outcome::Account(Code::BadAuth, Some("9: who?".into())));
    everywhere(|| answer(401, ""), &Outcome::Account(Code::BadAuth, None));
    everywhere(|| error(403, 9, "no"), &Outcome::Account(Code::BadAuth, Some("9: no".into())));
    everywhere(|| error(400, 10000, "no"), &Outcome::Account(Code::BadAuth, Some("10000: no".into())));
    everywhere(|| error(400, 1038, "tk"), &Outcome::Account(Code::NotDonator, Some("1038: tk".into())));
    everywhere(|| answer(418, "{}"), &Outcome::Account(Code::Abuse, None));
    everywhere(|| error(404, 9, "none"), &Outcome::Host(Code::NoHost, Some("9: none".into())));
    everywhere(|| answer(404, "none"), &Outcome::Host(Code::NoHost, None));
    everywhere(|| error(422, 9005, "bad"), &Outcome::Rejected("9005: bad (HTTP 422)".into()));
    everywhere(|| error(400, 100001, "x"), &Outcome::Rejected("100001: x (HTTP 400)".into()));
    // A word counts whatever the status is.
    everywhere(|| error(200, 10000, "no"), &Outcome::Account(Code::BadAuth, Some("10000: no".into())));
}

#[test]
fn an_apis_words_are_printable_and_short() {
    let long = error(422, 1, &format!("\u{1b}[31m{}", "é".repeat(300)));
    let Outcome::Rejected(message) = script(task("example.com"), vec![long]).1 else { panic!() };
    assert!(message.starts_with("1:  [31mééé") || message.starts_with("1: [31mééé"), "{message}");
    assert!(message.ends_with("é… (HTTP 422)"));
    assert_eq!(message.chars().count(), 200 + " (HTTP 422)".len());
}

#[test]
fn any_prefix_of_an_answer_ends_a_run_without_a_halt() {
    let whole = json!({"success": true, "result": {"content": "192.0.2.25"}}).to_string();
    for end in 0..whole.len() {
        let cut = answer(200, &whole[..end]);
        let (_, outcome) = script(task("example.com"), vec![zone(), record("192.0.2.1"), cut]);
        assert!(matches!(outcome, Outcome::Failed(_)), "{}", &whole[..end]);
    }
}
