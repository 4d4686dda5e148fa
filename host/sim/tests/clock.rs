//! What time the sim says it is, and whom it lets in by it.

mod support;

use std::time::{Duration, SystemTime};

use bedrock_sim::Sim;
use support::{Answer, MODEL, Signer, asking, bearer, get, post, send};

const HOUR: Duration = Duration::from_secs(3_600);

async fn signed_at(sim: &Sim, time: SystemTime, text: &str) -> Answer {
    let request = post(sim, &format!("/model/{MODEL}/converse"), &asking(text));
    send(sim, Signer { time, ..Signer::default() }.sign(request).await).await
}

/// `Tue, 14 Nov 2023 22:13:20 GMT`
fn date(answer: &Answer) -> &str {
    answer.headers["date"].to_str().expect("text")
}

#[tokio::test]
async fn every_answer_has_the_date_of_the_sims_clock() {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let sim = Sim::builder().fixed_time(time).start().await.unwrap();
    let good = signed_at(&sim, time, "hi").await;
    assert_eq!((good.status.as_u16(), date(&good)), (200, "Tue, 14 Nov 2023 22:13:20 GMT"));
    let late = signed_at(&sim, time + HOUR, "hi").await;
    assert_eq!(date(&late), "Tue, 14 Nov 2023 22:13:20 GMT");
    let nowhere = send(&sim, bearer(get(&sim, "/nowhere"))).await;
    assert_eq!((nowhere.status.as_u16(), date(&nowhere)), (404, "Tue, 14 Nov 2023 22:13:20 GMT"));
    let running = Sim::start().await.unwrap();
    assert!(date(&signed_at(&running, SystemTime::now(), "hi").await).ends_with(" GMT"));
}

#[tokio::test]
async fn a_clock_that_is_off_is_told_by_the_error_and_its_date() {
    let time = SystemTime::UNIX_EPOCH + Duration::from_secs(1_700_000_000);
    let sim = Sim::builder().fixed_time(time).start().await.unwrap();
    for (skew, says, corrected, told) in [
        (
            "skew=3600",
            "Signature expired: 20231114T221320Z is now earlier than",
            time + HOUR,
            "23:13:20 GMT",
        ),
        (
            "skew=-3600",
            "Signature not yet current: 20231114T221320Z is still later than",
            time - HOUR,
            "21:13:20 GMT",
        ),
    ] {
        sim.push_fault(skew.parse().unwrap());
        let rejected = signed_at(&sim, time, "hi").await;
        let (status, code, message) = rejected.error();
        assert_eq!((status, code.as_str()), (403, "InvalidSignatureException"));
        assert!(message.starts_with(says), "{message}");
        assert!(date(&rejected).ends_with(told), "{}", date(&rejected));
        // What was rejected did not use it up; the corrected request does.
        let answer = signed_at(&sim, corrected, "hi").await;
        assert_eq!(answer.status, 200, "{:?}", answer.body);
        assert!(date(&answer).ends_with(told), "{}", date(&answer));
        assert_eq!(signed_at(&sim, corrected, "hi").await.status, 403);
        assert_eq!(signed_at(&sim, time, "hi").await.status, 200);
    }
}

#[tokio::test]
async fn a_request_can_ask_for_another_clock() {
    let sim = Sim::start().await.unwrap();
    let now = SystemTime::now();
    assert_eq!(signed_at(&sim, now, "hi sim:skew=7200").await.status, 403);
    assert_eq!(signed_at(&sim, now + 2 * HOUR, "hi sim:skew=7200").await.status, 200);
    assert_eq!(signed_at(&sim, now, "hi").await.status, 200);
    // No clock can be so far off.
    for skew in [i64::MIN, i64::MAX] {
        assert_eq!(signed_at(&sim, now, &format!("hi sim:skew={skew}")).await.status, 200);
    }
}
