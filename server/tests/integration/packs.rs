//! `switchboard evidence verify` on a machine that has nothing but the pack.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
};

use engine::evidence;
use serde_json::{Value, json};
use tempfile::TempDir;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    process::{run, text},
    second_process::{SecondProcess, open_port},
};

const MANIFEST: &str = "EVIDENCE_MANIFEST.json";

type Files = BTreeMap<String, Vec<u8>>;

struct Made {
    packs: [Vec<u8>; 2],
    public_key: String,
}

/// Two packs of a console, and the key it signs with.
async fn made() -> Made {
    let folder = TempDir::new().expect("folder");
    let second = SecondProcess::open(folder.path()).await;
    let (_listener, port) = open_port();
    let greeting = scripted_greeting();
    second.connect("Open", "tcp", "development", json!({"host": "127.0.0.1", "port": port})).await;
    second.connect("Web", "http", "development", json!({"url": greeting})).await;
    let mut packs = Vec::new();
    for _ in 0..2 {
        let ended = run(folder.path(), &["diagnostics", "run", "--json"], &[], "");
        let shown: Value = serde_json::from_slice(&ended.stdout).expect("JSON");
        let id = shown["id"].as_str().and_then(|id| id.parse().ok()).expect("id");
        packs.push(evidence::packed(&second.scope(), id).await.expect("packed"));
    }
    std::fs::write(folder.path().join("own.zip"), &packs[0]).expect("written");
    let own = run(folder.path(), &["evidence", "verify", "own.zip", "--own-key"], &[], "");
    assert!(own.status.code() == Some(0) && text(&own.stdout).contains("signed by the expected key"), "{own:?}");
    let key = run(folder.path(), &["evidence", "public-key"], &[], "");
    Made { packs: packs.try_into().expect("two"), public_key: text(&key.stdout).trim().to_owned() }
}

/// The address of a server that answers every request with a short page.
fn scripted_greeting() -> String {
    let (listener, port) = open_port();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nhi");
        }
    });
    format!("http://127.0.0.1:{port}/")
}

fn unpack(pack: &[u8]) -> Files {
    let mut archive = ZipArchive::new(Cursor::new(pack)).expect("archive");
    let files = archive.len();
    let read = |index| {
        let mut file = archive.by_index(index).expect("file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("unpacked");
        (String::from_utf8_lossy(file.name_raw()).into_owned(), bytes)
    };
    (0..files).map(read).collect()
}

fn pack(files: &Files) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name.as_str(), SimpleFileOptions::default()).expect("begun");
        archive.write_all(bytes).expect("written");
    }
    archive.finish().expect("finished").into_inner()
}

/// Code, standard output and standard error, in a folder that holds the pack alone; where nothing but the pack may be looked at.
fn verify(bytes: &[u8], more: &[&str]) -> (Option<i32>, String, String) {
    let elsewhere = TempDir::new().expect("folder");
    std::fs::write(elsewhere.path().join("pack.zip"), bytes).expect("written");
    let unreachable = [("DATABASE_URL", "postgres://nobody@127.0.0.1:1/none")];
    let done = run(elsewhere.path(), &[&["evidence", "verify", "pack.zip"], more].concat(), &unreachable, "");
    assert!(!elsewhere.path().join("data").exists(), "it made itself a console");
    (done.status.code(), text(&done.stdout), text(&done.stderr))
}

#[tokio::test]
async fn a_pack_is_verified_without_the_console_that_made_it() {
    let Made { packs: [pack, _], public_key } = made().await;
    let (code, out, err) = verify(&pack, &["--public-key", &public_key]);
    assert!(code == Some(0) && out.starts_with("intact: run ") && out.contains("signed by the expected key") && err.is_empty(), "{code:?} {out} {err}");
    let (code, out, err) = verify(&pack, &["--json"]);
    let shown: Value = serde_json::from_str(&out).expect("JSON");
    assert_eq!((code, &shown["faults"], shown["public_key"].as_str()), (Some(3), &json!([]), Some(public_key.as_str())));
    assert!(err.starts_with("switchboard: the signer is unknown: ") && err.contains("--public-key"), "{err}");
    let (code, out, _) = verify(&pack, &[]);
    assert!(code == Some(3) && out.contains("signer unknown") && !out.contains("signed by"), "{code:?} {out}");
    let (code, _, err) = verify(&pack, &["--public-key", "AAAA"]);
    assert!(code == Some(2) && err.contains("\"AAAA\" is no key") && !err.contains("altered"), "{code:?} {err}");
    let (code, _, err) = verify(&pack, &["--public-key", "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="]);
    assert!(
        code == Some(1) && err.starts_with("switchboard: signed by another key: ") && err.contains(&public_key) && !err.contains("altered"),
        "{code:?} {err}"
    );
    let nothing = run(TempDir::new().expect("folder").path(), &["evidence", "verify", "missing.zip"], &[], "");
    assert!(nothing.status.code() == Some(2) && text(&nothing.stderr).contains("missing.zip cannot be read"), "{nothing:?}");
    for bytes in [&b""[..], b"<html>503</html>"] {
        let (code, _, err) = verify(bytes, &[]);
        assert!(code == Some(2) && err.contains("cannot be read: it is no archive"), "{code:?} {err}");
    }
}

#[tokio::test]
async fn what_was_done_to_a_pack_is_named() {
    let Made { packs: [one, other], .. } = made().await;
    let (files, other) = (unpack(&one), unpack(&other));
    let artefact = files.keys().find(|path| path.starts_with("artefacts/")).expect("artefact").clone();
    let changed = |change: &dyn Fn(&mut Files)| {
        let mut files = files.clone();
        change(&mut files);
        pack(&files)
    };
    let mut flipped = one.clone();
    flipped[one.len() / 3] ^= 1;
    let table: [(Vec<u8>, String); 8] = [
        (changed(&|files| files.get_mut(&artefact).expect("there")[0] ^= 1), format!("\"{artefact}\" was altered: it is not what the manifest says")),
        (changed(&|files| files.get_mut("run.json").expect("there")[0] ^= 1), "\"run.json\" was altered".into()),
        (changed(&|files| files.get_mut(MANIFEST).expect("there")[20] ^= 1), format!("{MANIFEST} was altered")),
        (changed(&|files| drop(files.remove(&artefact))), format!("\"{artefact}\" is missing")),
        (changed(&|files| drop(files.remove(MANIFEST))), format!("{MANIFEST} is missing")),
        (changed(&|files| drop(files.insert("notes.txt".into(), b"x".to_vec()))), "\"notes.txt\" was added".into()),
        (changed(&|files| drop(files.insert(MANIFEST.into(), other[MANIFEST].clone()))), "one was swapped".into()),
        (flipped, "was altered".into()),
    ];
    for (pack, expected) in table {
        let (code, out, err) = verify(&pack, &[]);
        assert!(
            code == Some(1) && out.is_empty() && err.starts_with("switchboard: altered: pack.zip\n") && err.contains(&expected),
            "{expected}: {code:?} {err}"
        );
    }
}
