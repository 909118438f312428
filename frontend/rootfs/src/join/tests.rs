use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::path::Path;

use tempfile::TempDir;

use super::{JoinRequest, Rest, WAYS_OUT, join_args};
use crate::{JOIN, answer};

/// A file system before two layers, and what each layer makes of it.
struct Layers {
    work: TempDir,
    prefer: Vec<(String, String)>,
    rest: Rest,
}

/// The layers and the merged file system.
const TREES: [&str; 4] = ["before", "layers/a", "layers/b", "root"];

impl Layers {
    /// Each list has paths with their contents. `None` removes a file.
    fn new(before: &[(&str, &str)], a: &[(&str, Option<&str>)], b: &[(&str, Option<&str>)]) -> Self {
        let work = tempfile::tempdir().unwrap();
        fs::create_dir_all(work.path().join("out")).unwrap();
        for tree in TREES {
            fs::create_dir_all(work.path().join(tree)).unwrap();
            for (path, content) in before {
                put(&work.path().join(tree), path, Some(content));
            }
        }
        for (tree, changes) in [("layers/a", a), ("layers/b", b), ("root", a), ("root", b)] {
            for (path, content) in changes {
                put(&work.path().join(tree), path, *content);
            }
        }
        Self { work, prefer: Vec::new(), rest: Rest::Join }
    }

    fn prefer(mut self, path: &str, layer: &str) -> Self {
        self.prefer.push((path.to_owned(), layer.to_owned()));
        self
    }

    fn path(&self, name: &str) -> String {
        self.work.path().join(name).display().to_string()
    }

    fn request(&self) -> JoinRequest {
        JoinRequest {
            before: self.path("before"),
            layers: vec![self.path("layers/a"), self.path("layers/b")],
            out: self.path("out"),
            rest: self.rest,
            prefer: self.prefer.clone(),
        }
    }

    /// Joins the layers. Returns the messages without the line after them.
    fn join(&self) -> String {
        let mut arguments = vec![JOIN.to_owned(), self.path("root")];
        arguments.extend(join_args(&self.request()));
        let answer = answer(&arguments);
        assert_eq!(answer.code, i32::from(!answer.text.is_empty()), "{}", answer.text);
        answer.text.trim_end_matches(&format!("{WAYS_OUT}\n")).to_owned()
    }

    fn joined(&self, path: &str) -> String {
        assert_eq!(self.join(), "");
        self.read(&format!("root/{path}"))
    }

    fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).unwrap()
    }
}

fn put(root: &Path, path: &str, content: Option<&str>) {
    let path = root.join(path);
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    match content {
        Some(content) => fs::write(path, content).unwrap(),
        None => drop(fs::remove_file(path)),
    }
}

/// Joins what two layers make of one file.
fn of_file(path: &str, before: &str, a: &str, b: &str) -> Layers {
    Layers::new(&[(path, before)], &[(path, Some(a))], &[(path, Some(b))])
}

fn package(name: &str, version: &str) -> String {
    format!("Package: {name}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {version}\n\n")
}

#[test]
fn packages_of_all_layers_are_installed() {
    let [base, new, one, other] = [("base", "1"), ("base", "2"), ("one", "1"), ("other", "1")]
        .map(|(name, version)| package(name, version));
    let status = "var/lib/dpkg/status";
    let layers = of_file(status, &base, &format!("{new}{one}"), &format!("{base}{other}"));
    assert_eq!(layers.joined(status), format!("{new}{one}{other}"));
    // A removed package is removed, and one that both installed is there once.
    let layers = of_file(status, &base, &one, &format!("{base}{one}{other}"));
    assert_eq!(layers.joined(status), format!("{one}{other}"));
}

#[test]
fn a_package_at_two_versions_is_an_error_with_the_days() {
    let status = "var/lib/dpkg/status";
    let list = "var/lib/dpkg/info/one.list";
    let (old, new) = (package("one", "1.0-1"), package("one", "1.0-2"));
    let of = |text| [(status, Some(text)), (list, Some("/one\n"))];
    let layers = Layers::new(&[(status, "")], &of(old.as_str()), &of(new.as_str()));
    let day = |tree: &str, seconds: u64| {
        let file = fs::File::options().write(true).open(layers.path(&format!("{tree}/{list}"))).unwrap();
        file.set_modified(std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds)).unwrap();
    };
    day("layers/a", 1_796_083_200);
    day("layers/b", 1_796_169_600);
    assert_eq!(
        layers.join(),
        "the package one has several versions: 1.0-1 in `a` (installed on 2026-12-01), 1.0-2 in `b` (installed on 2026-12-02)\n"
    );
    let layers = of_file(status, &old, &new, "");
    assert_eq!(layers.join(), "the package one has several versions: 1.0-2 in `a`, removed in `b`\n");
}

#[test]
fn a_package_is_a_dependency_only_if_no_layer_wants_it() {
    let status = "var/lib/dpkg/status";
    let marks = "var/lib/apt/extended_states";
    let auto = |name: &str| format!("Package: {name}\nArchitecture: amd64\nAuto-Installed: 1\n\n");
    let both = package("lib", "1");
    let check = |a: &str, b: &str, expect: &str| {
        let of = |text| [(status, Some(both.as_str())), (marks, Some(text))];
        let text = Layers::new(&[(status, ""), (marks, "")], &of(a), &of(b)).joined(marks);
        assert_eq!(text, expect, "{a} {b}");
    };
    check(&auto("lib"), &format!("{}{}", auto("lib"), auto("x")), &format!("{}{}", auto("lib"), auto("x")));
    check(&auto("lib"), &auto("x"), &auto("x"));
    check("", &auto("lib"), "");
    // apt marks a package for all architectures with that of the system.
    let all = "Package: lib\nStatus: install ok installed\nArchitecture: all\nVersion: 1\n\n";
    let before = package("dpkg", "1");
    let of = |text| [(status, Some(all)), (marks, Some(text))];
    let lib = auto("lib");
    let layers = Layers::new(&[(status, &before), (marks, "")], &of(&lib), &of(""));
    put(&layers.work.path().join("layers/a"), status, Some(&format!("{before}{all}")));
    put(&layers.work.path().join("layers/b"), status, Some(&format!("{before}{all}")));
    assert_eq!(layers.joined(marks), "", "`b` wants it");
}

#[test]
fn users_and_groups_of_all_layers_are_there() {
    let root = "root:x:0:0::/root:/bin/sh\n";
    let passwd = |a: &str, b: &str| of_file("etc/passwd", root, &format!("{root}{a}"), &format!("{root}{b}"));
    let (app, web) = ("app:x:1000:1000::/:/bin/sh\n", "web:x:1001:1001::/:/bin/sh\n");
    assert_eq!(passwd(app, web).joined("etc/passwd"), format!("{root}{app}{web}"));
    assert_eq!(passwd(app, &format!("{app}{web}")).joined("etc/passwd"), format!("{root}{app}{web}"));
    let check = |a: &str, b: &str, expect: &str| assert_eq!(passwd(a, b).join(), format!("{expect}\n"));
    check(
        "messagebus:x:999:999::/:/x\n",
        "sshd:x:999:999::/:/x\n",
        "the user messagebus of `a` and the user sshd of `b` have the same uid 999",
    );
    check("app:x:1:1::/:/x\n", "app:x:2:1::/:/x\n", "the user app has the uid 1 in `a` and 2 in `b`");
    check("app:x:1:1::/a:/x\n", "app:x:1:1::/b:/x\n", "`a` and `b` describe in different ways the user app");
    let group = |a: &str, b: &str| of_file("etc/group", "staff:x:50:root,old\n", a, b).joined("etc/group");
    assert_eq!(group("staff:x:50:root,app\n", "staff:x:50:root,old,web\n"), "staff:x:50:root,app,web\n");
    // The day on which a password changed does not count.
    let shadow = of_file("etc/shadow", "", "app:!:19000::::::\n", "app:!:19001::::::\n");
    assert_eq!(shadow.joined("etc/shadow"), "app:!:19000::::::\n");
}

#[test]
fn a_range_that_is_taken_moves_behind_the_others() {
    let ranges = |a: &str, b: &str| of_file("etc/subuid", "", a, b).joined("etc/subuid");
    assert_eq!(ranges("a:100000:65536\n", "b:100000:65536\n"), "a:100000:65536\nb:165536:65536\n");
    assert_eq!(ranges("a:100000:65536\n", "a:100000:65536\n"), "a:100000:65536\n");
    assert_eq!(ranges("a:1:9\n", "b:10:9\n"), "a:1:9\nb:10:9\n");
}

#[test]
fn other_records_are_joined() {
    let check = |path: &str, before: &str, a: &str, b: &str, expect: &str| {
        assert_eq!(of_file(path, before, a, b).joined(path), expect, "{path}");
    };
    check(
        "etc/shells",
        "/bin/sh\n",
        "/bin/sh\n/bin/zsh\n",
        "/bin/sh\n/bin/fish\n",
        "/bin/sh\n/bin/zsh\n/bin/fish\n",
    );
    check(
        "var/lib/dpkg/diversions",
        "/a\n/a.old\nx\n",
        "/a\n/a.old\nx\n/b\n/b.old\nx\n",
        "/a\n/a.old\nx\n/c\n/c.old\n:\n",
        "/a\n/a.old\nx\n/b\n/b.old\nx\n/c\n/c.old\n:\n",
    );
    check(
        "var/cache/debconf/config.dat",
        "",
        "Name: a/b\nValue: 1\nOwners: a\n\nName: c\nOwners: a\n\n",
        "Name: a/b\nValue: 1\nOwners: b\n\n",
        "Name: a/b\nValue: 1\nOwners: a, b\n\nName: c\nOwners: a\n\n",
    );
    let answers =
        of_file("var/cache/debconf/config.dat", "", "Name: a\nValue: 1\n\n", "Name: a\nValue: 2\n\n");
    assert_eq!(answers.join(), "`a` and `b` answer the question a of debconf in different ways\n");
    let path = "var/cache/debconf/config.dat";
    let answers = of_file(path, "", "Name: a\nValue: 1\n\nName: b\n\n", "Name: a\nValue: 2\n\nName: c\n\n")
        .prefer(&format!("/{path}"), "a");
    assert_eq!(answers.joined(path), "Name: a\nValue: 1\n\nName: b\n\nName: c\n\n", "the others are joined");
}

#[test]
fn any_other_file_that_both_change_is_an_error_unless_one_is_preferred() {
    let changes = |path: &str| of_file(path, "0", "1", "2");
    assert_eq!(
        changes("etc/app.conf").join(),
        "/etc/app.conf: `a` and `b` change the file in different ways\n"
    );
    assert_eq!(of_file("etc/app.conf", "0", "1", "1").join(), "");
    assert_eq!(changes("var/log/app.log").join(), "");
    assert_eq!(changes("etc/app.conf").prefer("/etc/app.conf", "a").joined("etc/app.conf"), "1");
    assert_eq!(
        changes("etc/app.conf").prefer("/etc/", "a").prefer("/etc/app.conf", "b").joined("etc/app.conf"),
        "2"
    );
    let removed = Layers::new(&[("x", "")], &[("x", None)], &[("x", Some("2"))]).prefer("/x", "a");
    assert_eq!(removed.join(), "");
    assert!(!Path::new(&removed.path("root/x")).exists());
    let mut in_turn = changes("etc/app.conf");
    in_turn.rest = Rest::Done;
    assert_eq!(in_turn.join(), "/etc/app.conf: `a` and `b` change the file in different ways\n");
}

#[test]
fn modes_and_folders_count() {
    let mode = |layers: &Layers, path: &str, mode: u32| {
        fs::set_permissions(layers.path(path), Permissions::from_mode(mode)).unwrap();
    };
    let layers = Layers::new(&[("d/x", "")], &[], &[]);
    mode(&layers, "layers/a/d", 0o700);
    assert_eq!(layers.join(), "", "one layer alone changes it");
    mode(&layers, "layers/b/d", 0o711);
    assert_eq!(
        layers.join(),
        "/d: `a` and `b` change the mode or the owner of the folder in different ways\n"
    );
    let layers = Layers::new(&[("d/x", "")], &[("d/x", None)], &[("d/y", Some(""))]);
    fs::remove_dir(layers.path("layers/a/d")).unwrap();
    symlink("/elsewhere", layers.path("layers/a/d")).unwrap();
    assert_eq!(layers.join(), "/d: `a` removes the folder, and `b` changes files in it\n");
    // The first change below the folder may be a removal.
    let layers =
        Layers::new(&[("d/a", ""), ("x", "")], &[("d/a", None)], &[("d/a", None), ("d/new", Some("new"))]);
    fs::remove_dir(layers.path("layers/a/d")).unwrap();
    assert_eq!(layers.join(), "/d: `a` removes the folder, and `b` changes files in it\n");
    let layers = layers.prefer("/d", "b");
    fs::remove_dir_all(layers.path("root/d")).unwrap();
    assert_eq!(layers.joined("d/new"), "new");
}

#[test]
fn a_preferred_path_is_not_written_through_a_link_and_takes_nothing_else_along() {
    let changes = |text| [("srv/d/f", Some(text))];
    let layers =
        Layers::new(&[("srv/d/f", "0"), ("etc/passwd", "root:x:0:0::/:\n")], &changes("1"), &changes("2"));
    for tree in ["layers/a/srv/d", "layers/b/srv/d"] {
        fs::set_permissions(
            layers.path(tree),
            Permissions::from_mode(if tree.contains("/a/") { 0o700 } else { 0o711 }),
        )
        .unwrap();
    }
    put(&layers.work.path().join("root"), "srv/d/g", Some("of b"));
    let layers = layers.prefer("/srv", "a").prefer("/etc", "a");
    assert_eq!(layers.joined("srv/d/f"), "1");
    assert_eq!(layers.read("root/srv/d/g"), "of b", "what is in the folder stays");
    let passwd = |name: &str| format!("root:x:0:0::/:\n{name}:x:{}:1::/:\n", name.len());
    let (one, three) = (passwd("a"), passwd("web"));
    let layers = of_file("etc/passwd", "root:x:0:0::/:\n", &one, &three).prefer("/etc", "a");
    assert_eq!(layers.joined("etc/passwd").lines().count(), 3, "accounts are joined all the same");
    let linked = Layers::new(&[("srv/d/f", "0")], &changes("1"), &changes("2")).prefer("/srv", "a");
    fs::rename(linked.path("root/srv/d"), linked.path("root/srv/e")).unwrap();
    symlink("e", linked.path("root/srv/d")).unwrap();
    let mut arguments = vec![JOIN.to_owned(), linked.path("root")];
    arguments.extend(join_args(&linked.request()));
    assert_eq!(answer(&arguments).text, "cannot write /srv/d/f: a folder above it is a link\n");
}

#[test]
fn modes_of_files_with_records_are_kept() {
    let layers = of_file("etc/passwd", "", "a:x:1:1::/:\n", "b:x:2:2::/:\n");
    let mode = |tree: &str, mode: u32| {
        fs::set_permissions(layers.path(&format!("{tree}/etc/passwd")), Permissions::from_mode(mode))
            .unwrap();
    };
    mode("layers/a", 0o600);
    assert_eq!(layers.join(), "");
    assert_eq!(fs::metadata(layers.path("root/etc/passwd")).unwrap().permissions().mode() & 0o777, 0o600);
    mode("layers/b", 0o640);
    assert_eq!(
        layers.join(),
        "/etc/passwd: `a` and `b` change the mode or the owner of the file in different ways\n"
    );
}

#[test]
fn files_that_programs_make_are_named_for_the_script() {
    let layers = Layers::new(
        &[],
        &[("etc/ld.so.cache", Some("1")), ("usr/share/icons/x/icon-theme.cache", Some("1"))],
        &[("etc/ld.so.cache", Some("2")), ("usr/share/icons/x/icon-theme.cache", Some("2"))],
    );
    assert_eq!(layers.join(), "");
    assert_eq!(layers.read("out/remade"), "icons /usr/share/icons/x\nlibraries\n");
}

#[test]
fn triggers_run_again_that_depend_on_several_layers() {
    let status = |names: &[&str]| names.iter().map(|name| package(name, "1")).collect::<String>();
    let triggers = "/usr/share/mime/packages mime\n/usr/share/fonts fonts\n";
    let (with_mime, with_app) = (status(&["base", "mime"]), status(&["base", "app"]));
    let layers = Layers::new(
        &[("var/lib/dpkg/status", &status(&["base"])), ("var/lib/dpkg/triggers/ldconfig", "base/noawait\n")],
        &[
            ("var/lib/dpkg/status", Some(&with_mime)),
            ("var/lib/dpkg/triggers/File", Some(triggers)),
            ("var/lib/dpkg/info/mime:amd64.triggers", Some("activate-noawait ldconfig\n")),
            ("usr/share/fonts/x", Some("")),
        ],
        &[
            ("var/lib/dpkg/status", Some(&with_app)),
            ("var/lib/dpkg/info/app.triggers", Some("activate-noawait ldconfig\n")),
            ("usr/share/mime/packages/app.xml", Some("")),
        ],
    );
    assert_eq!(layers.join(), "");
    assert_eq!(layers.read("out/triggers"), "/usr/share/mime/packages\nldconfig\n");
}

#[test]
fn alternatives_have_the_choices_of_all_layers() {
    let editor = |path: &str, priority: &str| {
        format!(
            "auto\n/usr/bin/editor\neditor.1.gz\n/usr/share/man/man1/editor.1.gz\n\n{path}\n{priority}\n/m{path}\n\n"
        )
    };
    let (nano, vim) = (editor("/bin/nano", "40"), editor("/bin/vim", "50"));
    let path = "var/lib/dpkg/alternatives/editor";
    let layers = Layers::new(
        &[],
        &[(path, Some(&nano)), ("bin/nano", Some(""))],
        &[(path, Some(&vim)), ("bin/vim", Some(""))],
    );
    assert_eq!(layers.join(), "");
    let call = |program: &str, priority: &str| {
        format!(
            "--install /usr/bin/editor editor {program} {priority} --slave /usr/share/man/man1/editor.1.gz editor.1.gz /m{program}\n"
        )
    };
    let installed = format!("{}{}", call("/bin/nano", "40"), call("/bin/vim", "50"));
    assert_eq!(layers.read("out/alternatives"), format!("{installed}--auto editor\n"));

    // The file says that somebody selected a program, and the link says which one.
    let both = nano.replace("auto", "manual") + &vim.lines().skip(5).collect::<Vec<_>>().join("\n") + "\n\n";
    let base = both.replace("manual", "auto");
    let selected = |a: &str, b: &str| {
        let programs = [("bin/nano", ""), ("bin/vim", ""), (path, base.as_str())];
        let by_hand = [(path, Some(both.as_str()))];
        let layers = Layers::new(&programs, &by_hand, &by_hand);
        for (tree, program) in [("before", "/bin/nano"), ("layers/a", a), ("layers/b", b), ("root", b)] {
            fs::create_dir_all(layers.path(&format!("{tree}/etc/alternatives"))).unwrap();
            symlink(program, layers.path(&format!("{tree}/etc/alternatives/editor"))).unwrap();
        }
        (layers.join(), fs::read_to_string(layers.path("out/alternatives")).unwrap_or_default())
    };
    let (said, _) = selected("/bin/nano", "/bin/vim");
    assert_eq!(said, "`a` and `b` select different programs for the alternative editor\n");
    let (said, calls) = selected("/bin/vim", "/bin/vim");
    assert_eq!((said.as_str(), calls.as_str()), ("", ""), "both layers did the same");
}
