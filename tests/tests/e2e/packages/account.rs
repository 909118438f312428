//! `account` on distributions with and without tools for accounts.

use varve_tests::{Build, Engine, Loaded};

use super::bases::{self, failure};

fn stage(base: &str, steps: &str) -> Build {
    Build::yaml(&format!(
        "# syntax=varve/frontend:dev\nstages:\n  app:\n    from: {base}\n    steps:\n{steps}\n"
    ))
}

const ALL: &str = "      - account: app
        uid: 1234
        gid: 4321
        groups: [video, {name: render, gid: 109}, audio]
        home: /srv/my home
        sudo: true";

fn said(loaded: &Loaded<'_>, script: &str) -> String {
    loaded.run(&["sh", "-c", script]).unwrap().success().unwrap().trim().to_owned()
}

#[test]
fn the_same_account_on_every_system() {
    let engine = Engine::get().unwrap();
    let bases = ["varve.test/debian:12", bases::rpm(engine).unwrap(), bases::busybox(engine).unwrap()];
    for base in bases {
        let build = stage(base, ALL);
        let image = build.image(engine).unwrap();
        let home = image.tree.get("/srv/my home").map(|node| (node.uid, node.gid, node.mode));
        assert_eq!(home, Some((1234, 4321, 0o755)), "{base}");
        let sudo = image.tree.get("/etc/sudoers.d/app").map(|node| (node.uid, node.mode));
        assert_eq!(sudo, Some((0, 0o440)), "{base}");
        for trace in ["/var/log/lastlog", "/var/log/faillog", "/etc/passwd-", "/etc/.pwd.lock"] {
            let before = Build::dockerfile(&format!("FROM {base}")).image(engine).unwrap();
            assert_eq!(image.tree.get(trace), before.tree.get(trace), "{base}");
        }
        let loaded = build.load(engine).unwrap();
        assert_eq!(said(&loaded, "id -u app; id -g app").replace('\n', " "), "1234 4321", "{base}");
        let groups = said(&loaded, "id -Gn app");
        for group in ["app", "video", "render", "audio"] {
            assert!(groups.split(' ').any(|other| other == group), "{base}: {groups}");
        }
        assert_eq!(said(&loaded, "grep ^render: /etc/group"), "render:x:109:app", "{base}");
        let bash = if base.contains("busybox") { "/bin/sh" } else { "/bin/bash" };
        assert!(
            said(&loaded, "grep ^app: /etc/passwd").ends_with(&format!(":/srv/my home:{bash}")),
            "{base}"
        );
    }
}

#[test]
fn debian_s_own_tools_find_nothing_to_complain_about() {
    let engine = Engine::get().unwrap();
    let loaded = stage("varve.test/debian:13", ALL).load(engine).unwrap();
    assert_eq!(said(&loaded, "pwck -qr | grep -e app -e group; grpck -r; true"), "");
    assert_eq!(said(&loaded, "grep ^app: /etc/shadow"), "app:!::0:99999:7:::");
    assert_eq!(said(&loaded, "su app -c 'cd && ls -A'").replace('\n', " "), ".bash_logout .bashrc .profile");
}

#[test]
fn accounts_that_are_there_are_adjusted() {
    let engine = Engine::get().unwrap();
    let steps = "      - account: app
      - account: app
        groups: [app, staff, staff]
        shell: /bin/sh
      - account: nobody
        groups: [app]";
    let loaded = stage("varve.test/debian:12", steps).load(engine).unwrap();
    assert_eq!(said(&loaded, "grep -c ^app: /etc/passwd"), "1");
    assert_eq!(said(&loaded, "grep ^app: /etc/passwd"), "app:x:1000:1000::/home/app:/bin/sh");
    assert_eq!(said(&loaded, "grep ^staff: /etc/group"), "staff:x:50:app");
    assert_eq!(
        said(&loaded, "id nobody"),
        "uid=65534(nobody) gid=65534(nogroup) groups=65534(nogroup),1000(app)"
    );
    assert_eq!(
        said(&loaded, "grep ^nobody: /etc/passwd"),
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin"
    );
}

#[test]
fn a_number_that_another_has() {
    let engine = Engine::get().unwrap();
    let other = "      - account: ubuntu\n        groups: [video]\n      - account: app\n        uid: 1000";
    let failure = failure(engine, &stage("varve.test/debian:12", other)).unwrap();
    assert!(failure.contains("the uid 1000 belongs to the user ubuntu"), "{failure}");
    let image =
        stage("varve.test/debian:12", &format!("{other}\n        replace: true")).load(engine).unwrap();
    assert_eq!(
        said(&image, "grep -c ubuntu /etc/passwd /etc/shadow /etc/group /etc/gshadow; ls /home")
            .replace('\n', " "),
        "/etc/passwd:0 /etc/shadow:0 /etc/group:0 /etc/gshadow:0 app"
    );
    assert_eq!(said(&image, "id app"), "uid=1000(app) gid=1000(app) groups=1000(app)");
    assert_eq!(said(&image, "grep ^video: /etc/group"), "video:x:44:");
}

#[test]
fn the_main_group_may_be_root_s_and_numbers_stay() {
    let engine = Engine::get().unwrap();
    let loaded = stage("varve.test/debian:12", "      - account: app\n        uid: 1000\n        gid: 0")
        .load(engine)
        .unwrap();
    assert_eq!(said(&loaded, "id app"), "uid=1000(app) gid=0(root) groups=0(root)");
    let again = "      - account: app\n        uid: 1000\n      - account: app\n        uid: 1001";
    let failure = failure(engine, &stage("varve.test/debian:12", again)).unwrap();
    assert!(failure.contains("the user app is there with the uid 1000, not 1001"), "{failure}");
}
