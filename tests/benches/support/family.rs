//! Generated build files for measurements.

use std::fmt::Write as _;

/// Returns a file with one stage of this many steps. The steps are of the kinds in real files: scripts, copies, programs,
/// environment, files and mounts, some of them with expressions.
pub(crate) fn mixed(steps: usize) -> String {
    let mut text = String::from(HEAD);
    for n in 0..steps {
        let step = match n % 8 {
            0 => format!(
                "      - run: make -C src/part{n} -j${{{{ jobs }}}} install\n        mounts: [{{cache: /ccache, id: ccache}}]\n"
            ),
            1 => format!("      - copy: src/part{n}/ /src/part{n}/\n"),
            2 => format!(
                "      - exec: [/usr/bin/install, -m, \"0755\", part{n}, \"/usr/local/bin/part{n}-${{{{ device }}}}\"]\n"
            ),
            // The number of variables does not grow with the number of steps.
            3 => format!("      - env: {{PART{}: \"${{{{ device.index }}}}-{n}\"}}\n", n / 8 % 16),
            4 => format!(
                "      - run: |\n          set -x\n          ./configure --with-{n}=${{{{ device.index }}}}\n          make check\n        env: {{CC: ccache gcc}}\n        if: device.vendor == \"cuda\" or os.manager == \"apt\"\n"
            ),
            5 => format!(
                "      - file: /etc/part{n}.conf\n        content: |\n          part = {n}\n          device = ${{{{ device }}}}\n        mode: \"0644\"\n"
            ),
            6 => format!(
                "      - run: curl --fail https://example.com/{n} --output /tmp/{n}\n        mounts:\n          - {{secret: token, env: TOKEN}}\n          - {{bind: /context, source: part{n}}}\n"
            ),
            _ => format!("      - {{dir: /opt/part{n}, owner: \"1000:1000\"}}\n"),
        };
        text.push_str(&step);
    }
    text.push_str(
        "    image: {entrypoint: [/usr/local/bin/app], labels: {org.example.device: \"${{ device }}\"}}\n",
    );
    text
}

/// Returns a file with one stage of this many scripts of one line.
pub(crate) fn plain(steps: usize) -> String {
    let mut text = String::from("stages:\n  app:\n    from: debian:12\n    steps:\n");
    for n in 0..steps {
        let _ = writeln!(text, "      - run: make -C src/part{n} install");
    }
    text
}

/// Returns a family of 50 steps with axes of 5, 10 and 20 values: 1,000 variants.
pub(crate) fn of_a_thousand() -> (String, Vec<Vec<(String, String)>>) {
    let mut head = String::from("axes:\n");
    let axes = [
        ("os", 5, "image: \"debian:12\", manager: apt"),
        ("device", 10, "vendor: cuda, index: i"),
        ("python", 20, "tag: t"),
    ];
    for (name, values, properties) in axes {
        let _ = writeln!(head, "  {name}:");
        for value in 0..values {
            let _ = writeln!(head, "    {name}{value}: {{{properties}, number: \"{value}\"}}");
        }
    }
    let stages = mixed(50);
    let rest = stages.split_once("args:").map_or("", |(_, rest)| rest);
    let names =
        axes.iter().fold(vec![Vec::new()], |before: Vec<Vec<(String, String)>>, (name, values, _)| {
            let with = |one: &Vec<(String, String)>, value: usize| {
                let mut one = one.clone();
                one.push(((*name).to_owned(), format!("{name}{value}")));
                one
            };
            before.iter().flat_map(|one| (0..*values).map(move |value| with(one, value))).collect()
        });
    (format!("{head}args:{rest}"), names)
}

const HEAD: &str = "\
name: measured
axes:
  os:
    debian: {image: \"debian:12\", manager: apt}
    rocky: {image: \"rockylinux:9\", manager: dnf}
  device:
    cpu: {vendor: none, index: cpu}
    cuda12.9: {vendor: cuda, index: cu129}
    rocm6.4: {vendor: rocm, index: rocm6.4}
args:
  jobs: {type: int, default: 10}
stages:
  app:
    from: ${{ os.image }}
    env: {CCACHE_DIR: /ccache}
    workdir: /src
    steps:
";
