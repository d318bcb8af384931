//! Evidence: packed without secrets, signed, chained, checked offline.

use std::{
    collections::BTreeMap,
    io::{Cursor, Read, Write},
};

use domain::{
    evidence::{MANIFEST, RUN},
    ids::RunId,
};
use engine::evidence::{
    self,
    inspect::{Fault, Inspection, inspect},
};
use serde_json::json;
use zip::{ZipArchive, ZipWriter, write::SimpleFileOptions};

use crate::{
    diagnose::{CANARY, both, connection, run},
    test_console::{TestConsole, refused},
};

pub type Files = BTreeMap<String, Vec<u8>>;

pub fn unpack(pack: &[u8]) -> Files {
    let mut archive = ZipArchive::new(Cursor::new(pack)).expect("an archive");
    let read = |index| {
        let mut file = archive.by_index(index).expect("a file");
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes).expect("unpacked");
        (String::from_utf8_lossy(file.name_raw()).into_owned(), bytes)
    };
    (0..ZipArchive::new(Cursor::new(pack)).expect("an archive").len()).map(read).collect()
}

/// As another program would pack it.
fn repack(files: &Files) -> Vec<u8> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, bytes) in files {
        archive.start_file(name.as_str(), SimpleFileOptions::default().compression_level(Some(9)).unix_permissions(0o600)).expect("begun");
        archive.write_all(bytes).expect("written");
    }
    archive.finish().expect("finished").into_inner()
}

pub async fn packed(test: &TestConsole, run: RunId) -> Vec<u8> {
    evidence::packed(&test.scope(), run).await.expect("packed")
}

pub fn faults(inspection: &Inspection) -> String {
    inspection.faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[tokio::test]
async fn a_pack_is_intact_signed_and_chained_and_holds_no_secret() {
    for (test, _) in both().await {
        connection(&test, "Good", json!({"host": "a"})).await;
        let key = test.console.signer.public_key();
        let (first, second) = (run(&test).await, run(&test).await);
        let packs = [packed(&test, first.id).await, packed(&test, second.id).await];
        let [before, after] = packs.each_ref().map(|pack| inspect(pack, Some(&key)));
        assert!(before.is_intact() && after.is_intact() && !after.repacked, "{}\n{}", faults(&before), faults(&after));
        assert_eq!((before.run_id, before.files, before.previous.clone()), (Some(first.id.to_string()), 5, None));
        assert_eq!(after.previous, before.manifest_sha256, "each names the one before");
        let files = unpack(&packs[1]);
        for (path, bytes) in &files {
            assert!(!String::from_utf8_lossy(bytes).contains(CANARY), "{path}");
        }
        assert!(files.values().any(|bytes| String::from_utf8_lossy(bytes).contains("with [redacted]")), "the artefacts are there");
        let record: serde_json::Value = serde_json::from_slice(&files[RUN]).expect("JSON");
        assert_eq!((record["id"].as_str(), record["verdict"].as_str()), (Some(second.id.to_string()).as_deref(), Some("pass")));
        let manifest: serde_json::Value = serde_json::from_slice(&files[MANIFEST]).expect("JSON");
        assert_eq!((manifest["version"].as_u64(), manifest["signature"]["algorithm"].as_str()), (Some(1), Some("ed25519")));
        assert!(refused(evidence::packed(&test.scope(), RunId::new()).await) == "run_not_found");
        assert!(!inspect(&packs[0], Some("another key")).is_intact());
    }
}

#[tokio::test]
async fn every_flipped_byte_of_a_pack_is_found() {
    let [(test, _), _] = both().await;
    connection(&test, "Good", json!({"host": "a"})).await;
    let pack = packed(&test, run(&test).await.id).await;
    let key = test.console.signer.public_key();
    assert!(inspect(&pack, None).is_intact());
    for at in 0..pack.len() {
        let mut altered = pack.clone();
        altered[at] ^= 1;
        let found = inspect(&altered, Some(&key));
        assert!(!found.is_intact() && !faults(&found).is_empty(), "byte {at} of {}", pack.len());
    }
    for length in [0, 1, pack.len() / 2, pack.len() - 1] {
        assert!(!inspect(&pack[..length], None).is_intact(), "cut at {length}");
    }
}

#[tokio::test]
async fn each_alteration_of_a_pack_is_found_and_named() {
    let [(test, _), _] = both().await;
    connection(&test, "Good", json!({"host": "a"})).await;
    let [one, other] = [run(&test).await.id, run(&test).await.id];
    let [one, other] = [unpack(&packed(&test, one).await), unpack(&packed(&test, other).await)];
    let same = inspect(&repack(&one), None);
    assert!(same.is_intact() && same.repacked, "the same files, packed anew: {}", faults(&same));
    let artefact = one.keys().find(|path| path.starts_with("artefacts/")).expect("an artefact").clone();
    let altered = |change: &dyn Fn(&mut Files)| {
        let mut files = one.clone();
        change(&mut files);
        inspect(&repack(&files), None).faults
    };
    let path = || artefact.clone();
    assert_eq!(altered(&|files| files.get_mut(&artefact).expect("there")[0] ^= 1), [Fault::Altered { path: path() }]);
    assert_eq!(altered(&|files| drop(files.remove(&artefact))), [Fault::Missing { path: path() }]);
    assert_eq!(altered(&|files| drop(files.insert("notes.txt".into(), b"x".to_vec()))), [Fault::Added { path: "notes.txt".into() }]);
    assert_eq!(altered(&|files| drop(files.remove(MANIFEST))), [Fault::ManifestMissing]);
    assert_eq!(altered(&|files| drop(files.insert("../../etc/passwd".into(), vec![]))), [Fault::UnsafeName { path: "../../etc/passwd".into() }]);
    let swapped = altered(&|files| drop(files.insert(MANIFEST.into(), other[MANIFEST].clone())));
    assert!(matches!(swapped[0], Fault::ManifestSwapped { .. }), "{swapped:?}");
    let resigned = altered(&|files| {
        let text = String::from_utf8(files[MANIFEST].clone()).expect("text").replace("\"environment\":\"staging\"", "\"environment\":\"production\"");
        files.insert(MANIFEST.into(), text.into_bytes());
    });
    assert_eq!(resigned, [Fault::SignatureWrong]);
}

#[test]
fn an_archive_that_unpacks_to_very_much_is_not_read_to_its_end() {
    let bomb = repack(&[("bomb".to_owned(), vec![0; 65 << 20])].into());
    assert!(bomb.len() < 1 << 20);
    let found = inspect(&bomb, None);
    assert!(found.faults.contains(&Fault::TooLarge { path: "bomb".into() }), "{}", faults(&found));
}
