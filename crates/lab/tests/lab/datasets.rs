//! `gradstop-lab datasets`: tables made and fetched, the latter from a server on this machine.

use std::io::{BufRead, BufReader, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use sha1::{Digest, Sha1};

use crate::workplace::{Workplace, table};

#[test]
fn a_made_table_is_read_like_any_other() {
    let place = Workplace::new();
    std::fs::create_dir(place.path("tables")).unwrap();
    for kind in ["local", "global", "clustered", "dependency", "embedding"] {
        place.done(&format!(
            "datasets make {kind} --rows 400 --columns 3 --contamination 0.1 --output tables/{kind}.csv"
        ));
    }
    assert_eq!(place.done("datasets list tables"), "clustered\ndependency\nembedding\nglobal\nlocal\n");
    let info = place.done("datasets info tables");
    assert_eq!(info.lines().count(), 6);
    assert!(
        info.lines()
            .skip(1)
            .all(|line| line.contains("400") && line.contains("40 ") && line.contains("10.00 %")),
        "{info}"
    );
    // An outlier anywhere is easy to find.
    let auc = place.auc_of("tables/global.csv", "knn", &serde_json::json!({}));
    assert!((0.9..1.0).contains(&auc), "{auc}");
    let ended = place.run("datasets make local --rows 3");
    assert_eq!(ended.code, 2);
    assert!(ended.err.contains("rows: got 3"), "{}", ended.err);
}

#[test]
fn a_table_that_is_none_does_not_hide_the_others() {
    let place = Workplace::new();
    place.write("table.csv", table());
    place.write("bad.csv", "a,b\n1,2\n");
    let ended = place.run("datasets info . --json");
    assert_eq!(ended.code, 0);
    assert!(ended.err.contains("bad.csv"), "{}", ended.err);
    let tables: serde_json::Value = serde_json::from_str(&ended.out).unwrap();
    assert_eq!(tables, serde_json::json!([{ "name": "table", "rows": 80, "columns": 3, "outliers": 4 }]));
}

/// A mirror of two files. Answers to a request for the first `cut` bytes-long part of a file only once.
struct Mirror {
    address: String,
    requests: Arc<Mutex<Vec<String>>>,
}

fn content(name: &str) -> Vec<u8> {
    name.bytes().cycle().take(100_000).collect()
}

impl Mirror {
    /// `spoil` changes content on its way; `cut` breaks the first download off after so many bytes.
    fn start(spoil: bool, cut: Option<usize>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (seen, cut) = (requests.clone(), Mutex::new(cut));
        std::thread::spawn(move || {
            for stream in listener.incoming() {
                let _ = answer(stream.unwrap(), &seen, spoil, &cut);
            }
        });
        Self { address, requests }
    }
}

fn answer(
    mut stream: TcpStream,
    seen: &Mutex<Vec<String>>,
    spoil: bool,
    cut: &Mutex<Option<usize>>,
) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let path = lines.next().unwrap()?.split(' ').nth(1).unwrap().to_string();
    let mut from = 0;
    for line in lines {
        let line = line?.to_ascii_lowercase();
        if let Some(range) = line.strip_prefix("range: bytes=") {
            from = range.trim_end_matches('-').parse().unwrap();
        }
        if line.is_empty() {
            break;
        }
    }
    seen.lock().unwrap().push(format!("{path} from {from}"));
    let mut body = match path.rsplit('/').next().unwrap() {
        name if path.starts_with("/files/") => content(name),
        _ => listing().into_bytes(),
    };
    if spoil && path.starts_with("/files/") {
        body[0] ^= 1;
    }
    let body = &body[from..];
    let status = if from > 0 { "206 Partial Content" } else { "200 OK" };
    write!(stream, "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len())?;
    let cut = if path.starts_with("/files/") { cut.lock().unwrap().take() } else { None };
    stream.write_all(&body[..cut.unwrap_or(body.len())])
}

fn listing() -> String {
    let entry = |path: &str, name: &str| {
        let (content, mut hash) = (content(name), Sha1::new());
        hash.update(format!("blob {}\0", content.len()));
        hash.update(&content);
        let sha: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        serde_json::json!({ "path": format!("{path}{name}"), "sha": sha, "size": content.len(), "type": "blob" })
    };
    let place = "adbench/datasets/Classical/";
    let tree = [
        entry(place, "1_one.npz"),
        entry(place, "2_two.npz"),
        entry("elsewhere/", "3_three.npz"),
        entry("adbench/datasets/Classical/../", "4_four.npz"),
    ];
    serde_json::json!({ "tree": tree }).to_string()
}

#[test]
fn a_collection_is_fetched_once_and_only_its_own_files() {
    let (place, mirror) = (Workplace::new(), Mirror::start(false, None));
    let command = format!("datasets fetch adbench --folder tables --mirror {}", mirror.address);
    assert_eq!(place.done(&command), "tables\n");
    assert_eq!(place.names("tables"), ["1_one.npz", "2_two.npz"]);
    assert_eq!(std::fs::read(place.path("tables/1_one.npz")).unwrap(), content("1_one.npz"));
    // The second time only the listing is asked for.
    let before = mirror.requests.lock().unwrap().len();
    let again = place.run(&command);
    assert!(again.err.contains("0 tables fetched, 2 were there"), "{}", again.err);
    assert_eq!(mirror.requests.lock().unwrap().len(), before + 1);
    // A file that was damaged since is fetched anew.
    place.write("tables/2_two.npz", "damaged");
    assert!(place.run(&command).err.contains("1 tables fetched"));
    assert_eq!(std::fs::read(place.path("tables/2_two.npz")).unwrap(), content("2_two.npz"));
}

#[test]
fn a_download_that_was_cut_off_goes_on() {
    let (place, mirror) = (Workplace::new(), Mirror::start(false, Some(30_000)));
    let command = format!("datasets fetch adbench --folder tables --mirror {}", mirror.address);
    let first = place.run(&command);
    assert_eq!(first.code, 1);
    assert!(first.err.contains("goes on where it was cut off"), "{}", first.err);
    assert!(!place.path("tables/1_one.npz").exists(), "half a file has no right to the name");
    place.done(&command);
    assert_eq!(std::fs::read(place.path("tables/1_one.npz")).unwrap(), content("1_one.npz"));
    let requests = mirror.requests.lock().unwrap();
    assert!(requests.iter().any(|request| request.contains("1_one.npz from 30000")), "{requests:?}");
}

#[test]
fn content_of_another_checksum_is_thrown_away() {
    let (place, mirror) = (Workplace::new(), Mirror::start(true, None));
    let ended = place.run(&format!("datasets fetch adbench --folder tables --mirror {}", mirror.address));
    assert_eq!(ended.code, 1);
    assert!(ended.err.contains("checksum"), "{}", ended.err);
    assert_eq!(place.names("tables"), [""; 0]);
}

#[test]
fn without_a_network_the_message_says_what_to_do() {
    let place = Workplace::new();
    // Bound and dropped: nobody listens there.
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let ended =
        place.run(&format!("datasets fetch adbench --folder tables --mirror http://127.0.0.1:{port}"));
    assert_eq!(ended.code, 1);
    assert!(
        ended.err.contains("is there a network?") && ended.err.contains("datasets make"),
        "{}",
        ended.err
    );
}
