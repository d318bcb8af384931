//! A disk that fills up while people and programs work, and is freed again: what was answered is there, and the rest goes on by itself.
//!
//! The data lie on a small file system of memory, in a namespace of its own. `script/chaos/disk` does it many times.

use std::{
    collections::BTreeSet,
    env,
    fs::{self, File},
    io::{BufRead, BufReader, Write},
    net::TcpListener,
    path::PathBuf,
    process::{Child, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use parking_lot::Mutex;
use rand::{Rng, SeedableRng, rngs::StdRng};
use reqwest::{Client, StatusCode, header};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::{
    task::JoinHandle,
    time::{sleep, timeout},
};

use crate::{
    process::PROGRAM,
    services::services,
    test_server::{PASSWORD, client, cookie, problem},
};

/// How often the disk fills, unless a drill asks for more.
const TIMES: usize = 3;
/// Space freed, the console is at work again within this time.
const RESUMES_WITHIN: Duration = Duration::from_secs(10);

/// `$1` is the program, `$2` a password, `$3` where PostgreSQL's programs are.
const EMBEDDED: &str = "mount -t tmpfs -o size=48m tmpfs data";
/// Files that may not grow, which is met as a quota is: a write fails otherwise than for want of room. The signal that would end the program comes first.
const LIMITED: &str = "trap '' XFSZ";
/// A PostgreSQL on that disk, started again whenever it gives up, as a service manager does.
const POSTGRES: &str = r#"mount -t tmpfs -o size=80m tmpfs data
mkdir -m 700 data/pg
# PostgreSQL refuses to run as root, which this is here.
as_user() { unshare --user --map-user=1 -- setpriv --pdeathsig KILL -- "$@"; }
as_user "$3/initdb" --pgdata=data/pg --wal-segsize=1 --no-sync --username=postgres --auth=trust --encoding=UTF8 --locale=C.UTF-8 >postgres.log 2>&1
while :; do
  as_user "$3/postgres" -D "$PWD/data/pg" -c listen_addresses= -c unix_socket_directories="$PWD/data" \
    -c min_wal_size=2MB -c max_wal_size=8MB -c shared_buffers=16MB >>postgres.log 2>&1 || true
  sleep 0.2
done &
until "$3/pg_isready" -q -h "$PWD/data"; do sleep 0.1; done
export DATABASE_URL="postgres://postgres@localhost/postgres?host=$PWD/data""#;
const SERVE: &str = r#"
printf '%s' "$2" | "$1" operators create ada@example.org --role admin >/dev/null
"$1" tokens create ci --role operator >token"#;
/// A console that was killed when the disk had filled up, on a machine that starts anew.
const KILLED: &str = r#"
"$1" serve >first &
until [ -s first ]; do sleep 0.1; done
kill -9 $!
rm -f data/switchboard.db-shm
cat /dev/zero >data/filler || true"#;

struct FilledDisk {
    child: Child,
    /// Once it is at work.
    base: String,
    token: String,
    client: Client,
    folder: TempDir,
}

impl Drop for FilledDisk {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl FilledDisk {
    fn start(database: &str) -> Self {
        let mut filled = Self::spawn(&format!("{database}{SERVE}"), "127.0.0.1:0");
        filled.wait();
        filled
    }

    fn spawn(prepare: &str, listen: &str) -> Self {
        let folder = TempDir::new().expect("folder");
        fs::create_dir(folder.path().join("data")).expect("folder");
        let mut command = Command::new("unshare");
        // With processes of its own, all of which end with it.
        command.args(["--map-root-user", "--mount", "--pid", "--fork", "--kill-child", "sh", "-ec", &format!("{prepare}\nexec \"$1\" serve"), "sh"]);
        command.args([PROGRAM, PASSWORD, &services().postgres.programs]).current_dir(folder.path()).env_clear();
        let path = env::var_os("PATH").expect("PATH");
        command.env("PATH", path).env("SWITCHBOARD_LISTEN", listen).env("SWITCHBOARD_ERROR_REPORTS_PER_MINUTE", "1000000").env("RUST_LOG", "error");
        let log = File::create(folder.path().join("log")).expect("a log");
        let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(log).spawn().expect("started");
        Self { child, base: String::new(), token: String::new(), client: client(), folder }
    }

    /// Until it is at work.
    fn wait(&mut self) {
        let ready = BufReader::new(self.child.stdout.take().expect("output")).lines().next();
        let said = || fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        let ready = ready.unwrap_or_else(|| panic!("it did not start: {}", said())).expect("read");
        self.base = ready.strip_prefix("listening on ").unwrap_or_else(|| panic!("{ready}")).to_owned();
        self.token = fs::read_to_string(self.folder.path().join("token")).expect("a token").trim().to_owned();
    }

    /// A file beside the database, as this process sees it.
    fn filler(&self) -> PathBuf {
        let folder = self.folder.path().canonicalize().expect("folder");
        PathBuf::from(format!("/proc/{}/root{}/data/filler", self.child.id(), folder.display()))
    }

    fn fill(&self) {
        let mut file = File::options().create(true).append(true).open(self.filler()).expect("a file");
        for size in [1 << 16, 1 << 12, 1] {
            while file.write_all(&vec![b'x'; size]).is_ok() {}
        }
    }

    /// How large a file may become that the program writes, in bytes or `unlimited`.
    fn limit_files(&self, size: &str) {
        let unshare = self.child.id();
        let program = fs::read_to_string(format!("/proc/{unshare}/task/{unshare}/children")).expect("its children");
        let limited = Command::new("prlimit").args(["--pid", program.trim(), &format!("--fsize={size}:unlimited")]).status();
        assert!(limited.expect("prlimit").success());
    }

    async fn report(&self, message: &str) -> Option<reqwest::Response> {
        let error = json!({"code": "E1", "message": message, "severity": "error", "service": "shop", "context": {"padding": "x".repeat(200)}});
        self.client.post(format!("{}/api/errors", self.base)).bearer_auth(&self.token).json(&error).send().await.ok()
    }

    async fn status(&self, path: &str) -> StatusCode {
        self.client.get(format!("{}{path}", self.base)).bearer_auth(&self.token).send().await.expect("answer").status()
    }

    /// Signs in and opens a page.
    async fn visit(&self) -> StatusCode {
        let form = format!("email=ada@example.org&password={}", PASSWORD.replace(' ', "+"));
        let post = self.client.post(format!("{}/sign-in?act=sign_in", self.base)).header("sec-fetch-site", "same-origin");
        let entered = post.header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").header(header::ACCEPT, "text/html").body(form);
        let entered = entered.send().await.expect("answer");
        let Some(cookie) = cookie(&entered) else { return entered.status() };
        self.client.get(&self.base).header(header::COOKIE, cookie).send().await.expect("answer").status()
    }

    async fn kept(&self) -> BTreeSet<String> {
        let (mut kept, mut cursor) = (BTreeSet::new(), None::<String>);
        loop {
            let after = cursor.map_or_else(String::new, |cursor| format!("&cursor={cursor}"));
            let get = self.client.get(format!("{}/api/errors?limit=200&service=shop{after}", self.base)).bearer_auth(&self.token);
            let page: Value = get.send().await.expect("answer").json().await.expect("JSON");
            kept.extend(page["items"].as_array().expect("items").iter().map(|item| item["message"].as_str().expect("text").to_owned()));
            cursor = page["next"].as_str().map(str::to_owned);
            if cursor.is_none() {
                return kept;
            }
        }
    }
}

/// What was answered with success, of the programs that report for as long as `stop` says nothing.
fn report_on(filled: &Arc<FilledDisk>, answered: &Arc<Mutex<BTreeSet<String>>>, stop: &Arc<AtomicBool>, task: usize) -> JoinHandle<()> {
    let (filled, answered, stop) = (Arc::clone(filled), Arc::clone(answered), Arc::clone(stop));
    tokio::spawn(async move {
        for turn in 0.. {
            if stop.load(Ordering::Relaxed) {
                break;
            }
            let message = format!("{task} {turn}");
            if filled.report(&message).await.is_some_and(|answer| answer.status() == StatusCode::CREATED) {
                answered.lock().insert(message);
            }
            sleep(Duration::from_millis(10)).await;
        }
    })
}

/// Reports until a report is refused; how it was.
async fn refused(filled: &FilledDisk, message: &str, answered: &Mutex<BTreeSet<String>>) -> String {
    let told = async {
        loop {
            match filled.report(message).await {
                Some(answer) if answer.status() == StatusCode::CREATED => drop(answered.lock().insert(message.to_owned())),
                Some(answer) => return problem(answer).await,
                None => panic!("no answer"),
            }
        }
    };
    timeout(Duration::from_secs(20), told).await.expect("full")
}

async fn is_full(filled: &FilledDisk, message: &str, answered: &Mutex<BTreeSet<String>>) {
    assert_eq!(refused(filled, message, answered).await, "disk_full");
    let mut told = Vec::new();
    let unready = async {
        while told.last() != Some(&StatusCode::INSUFFICIENT_STORAGE) {
            // SQLite may have given back what its log took, and there is room again.
            filled.fill();
            told.push(filled.status("/readyz").await);
            told.dedup();
        }
    };
    let outcome = timeout(RESUMES_WITHIN, unready).await;
    outcome.unwrap_or_else(|_| panic!("it is not ready: {told:?}"));
    assert_eq!(filled.status("/livez").await, StatusCode::OK);
    assert_eq!(filled.status("/api/service-connections").await, StatusCode::OK, "reads go on");
    // Whoever signs in fifty times within two minutes, as the drill does, is asked to wait.
    let visited = filled.visit().await;
    assert!(matches!(visited, StatusCode::OK | StatusCode::TOO_MANY_REQUESTS), "people still get in: {visited}");
}

/// PostgreSQL itself ends when its log cannot grow, so that the console may find it gone.
async fn is_full_or_gone(filled: &FilledDisk, message: &str, answered: &Mutex<BTreeSet<String>>) {
    let told = refused(filled, message, answered).await;
    assert!(matches!(&*told, "disk_full" | "database_unavailable"), "{told}");
    assert_eq!(filled.status("/livez").await, StatusCode::OK);
}

async fn resumed(filled: &FilledDisk, message: &str) {
    while filled.status("/readyz").await != StatusCode::OK {}
    while filled.report(message).await.is_none_or(|answer| answer.status() != StatusCode::CREATED) {}
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_fills_under_load_and_is_freed_loses_nothing_that_was_answered() {
    fill_and_free(EMBEDDED, is_full).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_console_that_starts_on_a_full_disk_says_so_and_works_once_there_is_room() {
    let listen = TcpListener::bind("127.0.0.1:0").expect("a port").local_addr().expect("an address").to_string();
    let mut filled = FilledDisk::spawn(&format!("{EMBEDDED}{SERVE}{KILLED}"), &listen);
    let asked = async |path: &str| filled.client.get(format!("http://{listen}{path}")).send().await.ok();
    // The one before it listened there, too, until it was killed.
    let told = async {
        loop {
            if let Some(answer) = asked("/readyz").await.filter(|answer| answer.status() == StatusCode::INSUFFICIENT_STORAGE) {
                break problem(answer).await;
            }
        }
    };
    assert_eq!(timeout(Duration::from_secs(60), told).await.expect("it says so"), "disk_full");
    assert_eq!(asked("/livez").await.map(|answer| answer.status()), Some(StatusCode::OK));
    fs::remove_file(filled.filler()).expect("freed");
    filled.wait();
    assert_eq!(filled.status("/readyz").await, StatusCode::OK);
    assert_eq!(filled.visit().await, StatusCode::OK);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nor_does_the_disk_of_postgres() {
    fill_and_free(POSTGRES, is_full_or_gone).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_disk_that_refuses_writes_otherwise_lets_people_in_and_resumes_by_itself() {
    let (filled, answered) = (FilledDisk::start(LIMITED), Mutex::default());
    assert_eq!(filled.visit().await, StatusCode::OK);
    filled.limit_files("262144");
    let told = refused(&filled, "limited", &answered).await;
    assert_eq!(told, "database_unavailable");
    let unready = async { while filled.status("/readyz").await != StatusCode::SERVICE_UNAVAILABLE {} };
    timeout(RESUMES_WITHIN, unready).await.expect("it says that it is not ready");
    assert_eq!(filled.status("/livez").await, StatusCode::OK);
    assert_eq!(filled.status("/api/service-connections").await, StatusCode::OK, "reads go on");
    assert_eq!(filled.visit().await, StatusCode::OK, "people still get in");
    filled.limit_files("unlimited");
    timeout(RESUMES_WITHIN, resumed(&filled, "free")).await.expect("it goes on by itself");
    assert_eq!(filled.visit().await, StatusCode::OK);
    let (kept, answered) = (filled.kept().await, answered.into_inner());
    assert!(answered.is_subset(&kept), "{answered:?} {kept:?}");
}

async fn fill_and_free(database: &str, judge: impl AsyncFn(&FilledDisk, &str, &Mutex<BTreeSet<String>>)) {
    let times = env::var("SWITCHBOARD_CHAOS_DISKS").ok().and_then(|text| text.parse().ok()).unwrap_or(TIMES);
    let seed = 20_261_126;
    println!("seed {seed}");
    let mut chance = StdRng::seed_from_u64(seed);
    let filled = Arc::new(FilledDisk::start(database));
    let (answered, stop) = (Arc::default(), Arc::default());
    let load: Vec<_> = (0..4).map(|task| report_on(&filled, &answered, &stop, task)).collect();
    let mut slowest = Duration::ZERO;
    for time in 0..times {
        sleep(Duration::from_millis(chance.random_range(0..700))).await;
        filled.fill();
        judge(&filled, &format!("full {time}"), &answered).await;
        fs::remove_file(filled.filler()).expect("freed");
        let freed = Instant::now();
        timeout(RESUMES_WITHIN, resumed(&filled, &format!("free {time}"))).await.expect("it goes on by itself");
        slowest = slowest.max(freed.elapsed());
    }
    stop.store(true, Ordering::Relaxed);
    for task in load {
        task.await.expect("ended");
    }
    let kept = filled.kept().await;
    let answered = answered.lock().clone();
    let lost: Vec<_> = answered.difference(&kept).collect();
    println!("{times} times full, {} answered, {} kept, the slowest resumed after {:.1} s", answered.len(), kept.len(), slowest.as_secs_f64());
    assert!(lost.is_empty() && answered.len() > times, "{lost:?}");
}
