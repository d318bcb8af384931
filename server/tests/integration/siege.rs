//! A thousand who mean ill at once: clients that take their time, and guesses at one password. `script/chaos/siege` measures the first on the release.

use std::{
    net::{Ipv4Addr, SocketAddr},
    time::{Duration, Instant},
};

use domain::operator::Role;
use futures::{StreamExt, stream};
use reqwest::{Method, Response, StatusCode, header};
use switchboard_server::listener::Limits;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpSocket, TcpStream},
    time::{sleep, timeout},
};

use crate::test_server::{PASSWORD, TestServer, client};

const MANY: usize = 1_000;
/// Connections of a console that a thousand are too many for.
const MOST: usize = 400;
/// How often it is asked whether it lives.
const ASKED: usize = 200;
/// How much slower the slowest answers of a besieged console may be than those of one that is alone, beside [`A_MOMENT`].
const TIMES: u32 = 10;
const A_MOMENT: Duration = Duration::from_millis(200);
const OWNER: &str = "owner@example.org";
/// Far longer than anyone should wait; an answer that never comes fails the test.
const PATIENCE: Duration = Duration::from_secs(60);

/// From one of many addresses of this machine.
async fn connect_from(number: usize, to: SocketAddr) -> TcpStream {
    let [.., high, low] = u32::try_from(number).expect("small").to_be_bytes();
    let socket = TcpSocket::new_v4().expect("a socket");
    socket.bind((Ipv4Addr::new(127, 1, high, low), 0).into()).expect("an address");
    socket.connect(to).await.expect("connected")
}

/// Begins a head or a body, and does not end it.
async fn dawdle(number: usize, server: &TestServer) -> TcpStream {
    let mut stream = connect_from(number, server.address).await;
    let begun = if number.is_multiple_of(2) {
        "GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ".to_owned()
    } else {
        let token = server.token(Role::Operator);
        format!("POST /api/errors HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{")
    };
    // Whoever made room for another is told nothing more.
    let _ = stream.write_all(begun.as_bytes()).await;
    stream
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_slow_clients_keep_nobody_from_asking_whether_it_lives() {
    // Every other one is busy for as long as it likes, and those are more than there may be.
    let limits = Limits { connections: MOST, per_address: MOST, header: Duration::from_secs(600), ..Limits::default() };
    let server = TestServer::with(limits).await;
    let mut alone = Vec::new();
    for _ in 0..ASKED {
        alone.push(livez(&server).await);
    }
    let mut slow: Vec<_> = stream::iter(0..MANY).map(|number| dawdle(number, &server)).buffer_unordered(32).collect().await;
    let mut besieged = Vec::new();
    for round in 0..ASKED {
        // Each over a connection of its own, while they all go on.
        for stream in slow.iter_mut().skip(round % 4).step_by(4) {
            let _ = stream.try_write(b"x");
        }
        besieged.push(livez(&server).await);
    }
    let (alone, besieged) = (percentile(alone, 99), percentile(besieged, 99));
    println!("p99 of /livez: {alone:?} alone, {besieged:?} under {MANY} slow clients");
    // Of a machine that is busy with other tests as well, a ratio tells more than a number; what is meant is 200 ms.
    assert!(besieged < alone * TIMES + A_MOMENT, "{besieged:?}, and {alone:?} alone");
    // The control: they do hold on to what they have.
    let mut held = 0;
    for stream in &mut slow {
        held += usize::from(!matches!(timeout(Duration::from_millis(1), stream.read(&mut [0])).await, Ok(Ok(0) | Err(_))));
    }
    assert!(held > MOST / 2, "{held}");
}

/// How long one answer took, over a connection of its own.
async fn livez(server: &TestServer) -> Duration {
    let begun = Instant::now();
    let answer = timeout(PATIENCE, client().get(format!("{}/livez", server.base)).send()).await.expect("in time").expect("answer");
    assert_eq!(answer.status(), StatusCode::OK);
    begun.elapsed()
}

fn percentile(mut times: Vec<Duration>, percent: usize) -> Duration {
    times.sort_unstable();
    times[(times.len() * percent).div_ceil(100) - 1]
}

async fn sign_in(server: &TestServer, from: &str, account: &str, password: &str) -> Response {
    let form = format!("email={account}&password={}", password.replace(' ', "+"));
    let request = server.form("/actions/sign_in", &form).header("x-forwarded-for", from);
    timeout(PATIENCE, request.send()).await.expect("in time").expect("answer")
}

fn is_in(answer: &Response) -> bool {
    answer.headers().contains_key(header::SET_COOKIE)
}

/// Too many, or too much at once for the database: to be tried again.
fn is_turned_away(status: StatusCode) -> bool {
    matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE)
}

/// As somebody does who knows the password, and tries again when they are told to.
async fn gets_in(server: &TestServer, from: &str, account: &str) {
    let tries = async {
        loop {
            let answer = sign_in(server, from, account, PASSWORD).await;
            if is_in(&answer) {
                return;
            }
            assert!(is_turned_away(answer.status()), "{}", answer.status());
            let wait = answer.headers()[header::RETRY_AFTER].to_str().expect("text").parse().expect("seconds");
            sleep(Duration::from_secs(wait)).await;
        }
    };
    timeout(PATIENCE, tries).await.unwrap_or_else(|_| panic!("{account} is locked out"));
}

/// How many of a thousand guesses were looked at; the others were turned away before that.
async fn guess(server: &TestServer, from: impl Fn(usize) -> String) -> usize {
    let guesses = stream::iter(0..MANY).map(|number| {
        let from = from(number);
        async move { sign_in(server, &from, OWNER, "a guess at it").await.status() }
    });
    let statuses: Vec<_> = guesses.buffer_unordered(256).collect().await;
    let looked_at = statuses.iter().filter(|status| **status == StatusCode::UNAUTHORIZED).count();
    assert!(statuses.iter().all(|status| *status == StatusCode::UNAUTHORIZED || is_turned_away(*status)), "{statuses:?}");
    looked_at
}

async fn besieged() -> TestServer {
    let server = TestServer::with_settings(&[("trusted_proxies", "127.0.0.1")], None).await;
    server.sign_in(OWNER, Role::Admin).await;
    server.sign_in("other@example.org", Role::Admin).await;
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_guesses_from_one_address_are_stopped_and_the_owner_gets_in() {
    let server = besieged().await;
    let (looked_at, ()) = tokio::join!(guess(&server, |_| "192.0.2.66".into()), gets_in(&server, "198.51.100.7", OWNER));
    // Eight, and one more for every eighth of a minute that it took.
    assert!(looked_at < 30, "{looked_at}");
    assert!(!is_in(&sign_in(&server, "192.0.2.66", OWNER, PASSWORD).await), "not even with the password");
    gets_in(&server, "198.51.100.8", OWNER).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_guesses_from_as_many_addresses_are_stopped_and_nobody_is_kept_out() {
    let server = besieged().await;
    let from = |number: usize| format!("203.0.{}.{}", number / 250, number % 250 + 1);
    let others = async {
        gets_in(&server, "198.51.100.7", OWNER).await;
        gets_in(&server, "198.51.100.9", "other@example.org").await;
    };
    let (looked_at, ()) = tokio::join!(guess(&server, from), others);
    assert!(looked_at < MANY / 2, "no more are looked at than find room: {looked_at}");
    assert_eq!(server.anonymous(Method::GET, "/livez").send().await.expect("answer").status(), StatusCode::OK);
}
