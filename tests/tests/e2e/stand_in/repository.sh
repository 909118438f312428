# Makes a Debian package of each name in names.txt that the system lacks, with the files of files/NAME and what needs/NAME
# says that it depends on, and the lists of them all: a repository, the only one that apt knows from then on.
set -e
cd /repository
while read -r name; do
    if [ "$(dpkg-query -W -f '${db:Status-Status}' "$name" 2> /dev/null)" = installed ]; then continue; fi
    mkdir -p "build/$name/DEBIAN"
    if [ -d "files/$name" ]; then cp -a "files/$name/." "build/$name/"; fi
    # Newer than what other packages ask for.
    printf 'Package: %s\nVersion: 9:9999\nArchitecture: all\nMaintainer: varve <varve@example.com>\nDescription: a stand-in\n' \
        "$name" > "build/$name/DEBIAN/control"
    if [ -f "needs/$name" ]; then echo "Depends: $(cat "needs/$name")" >> "build/$name/DEBIAN/control"; fi
    dpkg-deb --root-owner-group -Znone --build "build/$name" "$name.deb" > /dev/null
    cat "build/$name/DEBIAN/control"
    printf 'Filename: ./%s.deb\nSize: %s\nSHA256: %s\n\n' "$name" "$(stat -c %s "$name.deb")" "$(sha256sum "$name.deb" | cut -d ' ' -f 1)"
done < names.txt > Packages
printf 'Suite: stand-in\nDate: Wed, 01 Jan 2025 00:00:00 UTC\nSHA256:\n %s %s Packages\n' "$(sha256sum Packages | cut -d ' ' -f 1)" "$(stat -c %s Packages)" > Release
rm -rf build files needs names.txt
echo 'deb [trusted=yes] file:/repository ./' > sources.list
printf 'Dir::Etc::sourcelist "/repository/sources.list";\nDir::Etc::sourceparts "/repository/none";\n' > /etc/apt/apt.conf.d/99-stand-in
