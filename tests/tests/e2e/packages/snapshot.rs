//! `snapshot`: the packages of a day, from an archive that the test serves in place of the distribution's own.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::sync::{Arc, Mutex, OnceLock};

use tempfile::TempDir;
use varve_tests::digest::sha256;
use varve_tests::http::{Answer, Request, serve};
use varve_tests::{Build, Engine, Image, Kind, Node};

use super::bases::{self, failure};

/// A source list of each format in Debian's images, and a proxy in place of the service.
const STAGES: &str = "# syntax=varve/frontend:dev
axes:
  system: [\"12\", \"13\"]
args:
  day: 2024-06-01
stages:
  before:
    from: varve.test/debian:${{ system }}
    steps:
      - remove: [/etc/apt/apt.conf.d/90machine, /etc/apt/sources.list]
        optional: true
      - copy: /srv/key.gpg
        from: varve.test/snapshots:12
        to: /etc/apt/trusted.gpg.d/test.gpg
      - file: /etc/apt/sources.list
        content: deb http://security.debian.org stable-security main # that of fixes
      - file: /etc/apt/sources.list.d/debian.sources
        content: |
          Types: deb
          URIs: http://deb.debian.org/debian/
          Suites: stable
          Components: main

          Enabled: no
          Types: deb
          URIs: http://other.example.com/debian
          Suites: stable
          Components: main
      - file: /etc/apt/apt.conf.d/99service
        content: Acquire::http::Proxy \"SERVICE\";
  app:
    from: before
    steps:
";

/// The two days, in different formats.
const FIRST: &str = "2024-06-01";
const SECOND: &str = "2025-01-01T13:30:00+01:00";

const NAMES: [&str; 4] = ["acme-fix", "acme-new", "acme-old", "acme-tool"];
const VERSIONS: [&str; 2] = ["1.0", "2.0"];

/// The service and the paths that were requested.
struct Service {
    address: String,
    asked: Arc<Mutex<BTreeSet<String>>>,
}

impl Service {
    /// Serves as a proxy with the content of snapshot.debian.org. At its own address the same folders are below `/own`.
    fn start(engine: &Engine) -> Service {
        let folder = archives(engine).path();
        let asked = Arc::new(Mutex::new(BTreeSet::new()));
        let record = Arc::clone(&asked);
        let address = serve(move |request| {
            if let Ok(mut asked) = record.lock() {
                asked.insert(request.path.clone());
            }
            answer(request, folder)
        });
        Service { address: address.unwrap(), asked }
    }

    /// A stage with these steps.
    fn stage(&self, steps: &str) -> Build {
        Build::yaml(&format!("{}{steps}", STAGES.replace("SERVICE", &self.address)))
            .flag("--allow=network.host")
    }

    /// The requested paths, up to the day.
    fn archives(&self) -> BTreeSet<String> {
        let asked = self.asked.lock().unwrap();
        asked
            .iter()
            .map(|path| path.split("/dists/").next().unwrap().split("/pool/").next().unwrap().to_owned())
            .collect()
    }
}

fn answer(request: &Request, folder: &Path) -> Answer {
    let path = request.path.strip_prefix("http://snapshot.debian.org/archive/");
    match path
        .or_else(|| Some(request.path.split_once("/own/")?.1))
        .and_then(|path| fs::read(folder.join(path)).ok())
    {
        Some(body) => Answer::new("200 OK", body),
        None => Answer::new("404 Not Found", "not found\n"),
    }
}

/// The folder with the archives of both days.
fn archives(engine: &Engine) -> &'static TempDir {
    static MADE: OnceLock<TempDir> = OnceLock::new();
    MADE.get_or_init(|| {
        let folder = tempfile::tempdir().unwrap();
        let from = bases::snapshots(engine).unwrap();
        let build = Build::yaml(&format!(
            "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: scratch\n    steps: [{{copy: /srv/snapshots/, from: \"{from}\", to: /}}]\n"
        ));
        let output = format!("type=local,dest={}", folder.path().display());
        build.output(engine, &output).unwrap().success().unwrap();
        folder
    })
}

/// The packages of the archives in an image, with their versions.
fn installed(image: &Image) -> Vec<String> {
    let mut found = Vec::new();
    for (name, version) in NAMES.iter().flat_map(|name| VERSIONS.map(|version| (name, version))) {
        let node = image.tree.get(&format!("/usr/share/test/{name}"));
        let digest = sha256(format!("{version}\n").as_bytes());
        if node.is_some_and(|node| matches!(&node.kind, Kind::File { sha256, .. } if *sha256 == digest)) {
            found.push(format!("{name} {version}"));
        }
    }
    found
}

/// The nodes below a folder of an image.
fn below<'i>(image: &'i Image, folder: &str) -> Vec<(&'i str, &'i Node)> {
    image.tree.iter().filter(|(path, _)| path.starts_with(folder)).collect()
}

#[test]
fn each_day_has_its_own_packages_and_the_image_keeps_its_sources() {
    let engine = Engine::get().unwrap();
    let service = Service::start(engine);
    let build = service.stage(
        "      - packages: [acme-tool, acme-fix, {first-of: [acme-new, acme-old]}]
        snapshot: ${{ day }}
        network: host
",
    );
    for system in ["12", "13"] {
        let build = build.clone().arg("system", system);
        let before = build.clone().target("before").image(engine).unwrap();
        // The first day comes again after the second one. Each day has its own package lists.
        for (day, expect) in [
            (FIRST, ["acme-fix 1.0", "acme-old 1.0", "acme-tool 1.0"]),
            (SECOND, ["acme-fix 2.0", "acme-new 1.0", "acme-tool 2.0"]),
            (FIRST, ["acme-fix 1.0", "acme-old 1.0", "acme-tool 1.0"]),
        ] {
            let image = build.clone().arg("day", day).flag("--no-cache-filter=app").image(engine).unwrap();
            assert_eq!(installed(&image), expect, "{day} on {system}");
            for folder in ["/etc/apt/", "/dev", "/tmp", "/var/lib/apt/lists/", "/var/cache/apt/"] {
                assert_eq!(below(&image, folder), below(&before, folder), "{folder} on {system}");
            }
        }
    }
    // Nothing was requested from other servers.
    let days = ["20240601T000000Z", "20250101T123000Z"];
    let address = |part: &str, day| format!("http://snapshot.debian.org/archive/{part}/{day}");
    let expected = ["debian", "debian-security"].iter().flat_map(|part| days.map(|day| address(part, day)));
    assert_eq!(service.archives(), expected.collect());
}

#[test]
fn what_is_for_the_build_alone_and_the_step_s_own_script_are_of_that_day_too() {
    let engine = Engine::get().unwrap();
    let service = Service::start(engine);
    let image = service
        .stage(
            "      - packages: []
        snapshot: {date: 2025-01-01T12:30:00Z}
        build-only: [acme-new]
        run: |
          cat /usr/share/test/acme-new
          apt-get install -y acme-tool
          apt-get install -y acme-fix
        remove: [acme-fix, never-there]
        network: host
",
        )
        .image(engine)
        .unwrap();
    assert_eq!(installed(&image), ["acme-tool 2.0"]);
}

#[test]
fn a_source_without_known_dates_is_an_error_until_they_are_stated() {
    let engine = Engine::get().unwrap();
    let service = Service::start(engine);
    let address = &service.address;
    let build = |archives: &str| {
        service.stage(&format!(
            "      - file: /etc/apt/sources.list.d/acme.list
        content: deb {address}/live stable main
      - packages: [acme-tool]
        snapshot:
          date: 2024-06-01
          archives: {{{archives}}}
        network: host
"
        ))
    };
    let told = failure(engine, &build("")).unwrap();
    assert!(told.contains("how these sources were at 20240601T000000Z is not known"), "{told}");
    assert!(told.contains(&format!("{address}/live/dists/stable/")), "{told}");
    assert!(!told.contains("dists/stable-security/"), "those that are known are not told: {told}");
    assert_eq!(service.archives(), BTreeSet::new(), "nobody is asked before");

    // The second archive belongs to the other day, which shows that the selected archive is used.
    let later = "20250101T123000Z";
    let image = build(&format!("{address}/live/: {address}/own/debian/{later}/")).image(engine).unwrap();
    assert_eq!(installed(&image), ["acme-tool 2.0"]);
    // A source whose archive is known can get another archive too.
    let own = format!("http://deb.debian.org: {address}/own, {address}/live: {address}/own/debian/{later}");
    let told = failure(engine, &build(&own)).unwrap();
    assert!(told.contains("/own/debian") && told.contains("404"), "{told}");
}

#[test]
fn a_day_to_come_and_a_manager_without_archives_are_errors() {
    let engine = Engine::get().unwrap();
    let step = |more: &str, day: &str| {
        Build::yaml(&format!(
            "# syntax=varve/frontend:dev
stages:
  app:
    from: varve.test/debian:12{more}
    steps:
      - packages: [hello]
        snapshot: {day}
"
        ))
    };
    let told = failure(engine, &step("", "9999-01-01")).unwrap();
    assert!(told.contains("99990101T000000Z is still to come"), "{told}");
    let told = failure(engine, &step("\n    package-manager: dnf", "2025-01-01")).unwrap();
    assert!(told.contains("image.yaml:8"), "{told}");
    assert!(
        told.contains("`snapshot` does not work with dnf: its repositories have no archives by date"),
        "{told}"
    );
    assert!(told.contains("`repository` with a dated `baseurl`"), "{told}");
}

/// A layer can be cached from another day than the one beside it.
#[test]
fn layers_of_two_days_are_joined_unless_they_have_two_versions_of_one_package() {
    let engine = Engine::get().unwrap();
    let service = Service::start(engine);
    let build = |old: &str, new: &str| {
        let layer = |name: &str, package: &str, day: &str| {
            format!("          {name}: [{{packages: [{package}], snapshot: \"{day}\", network: host}}]\n")
        };
        let layers = [layer("old", old, FIRST), layer("new", new, SECOND)].concat();
        service.stage(&format!("      - layers:\n{layers}"))
    };
    let image = build("acme-old", "acme-new").image(engine).unwrap();
    assert_eq!(installed(&image), ["acme-new 1.0", "acme-old 1.0"]);
    let loaded = build("acme-old", "acme-new").load(engine).unwrap();
    let audit = "dpkg --audit && apt-get check -q && dpkg-query -W acme-old acme-new";
    let said = loaded.run(&["sh", "-c", audit]).unwrap().success().unwrap();
    assert!(said.contains("acme-new\t1.0\nacme-old\t1.0\n"), "{said}");
    let failure = failure(engine, &build("acme-tool", "acme-tool, acme-new")).unwrap();
    for expect in [
        "the package acme-tool has several versions: 1.0 in `old` (installed on 20",
        "), 2.0 in `new` (installed on 20",
    ] {
        assert!(failure.contains(expect), "{failure}");
    }
}
