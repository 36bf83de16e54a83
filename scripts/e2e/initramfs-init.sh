#!/bin/sh
# The first program in the virtual machine (busybox): loads the few modules that it takes to see the host's files, lays
# a memory file system over them and goes on there with guest-init.sh. Whatever is written is gone at power-off.
b=/bin/busybox

halt_with() {
  $b echo "e2e: $*"
  $b poweroff -f
}

$b mount -t devtmpfs devtmpfs /dev
$b mount -t proc proc /proc
for module in /modules/*.ko; do $b insmod "$module" || halt_with "cannot load $module"; done

$b ifconfig lo 127.0.0.1 up

# Words of the kernel's command line: e2e.scripts=FOLDER (this one) and e2e.modules=FOLDER, both as the host names them.
for word in $($b cat /proc/cmdline); do
  case $word in
    e2e.scripts=*) scripts=${word#*=} ;;
    e2e.modules=*) modules=${word#*=} ;;
  esac
done

share=trans=virtio,version=9p2000.L,msize=512000
$b mount -t 9p -o "$share,cache=loose,ro" host /lower || halt_with "cannot mount the host's root"
$b mount -t tmpfs -o mode=755,size=75% tmpfs /upper || halt_with "cannot make a memory file system"
$b mkdir /upper/files /upper/work
$b chmod 755 /upper/files
$b mount -t overlay -o lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work overlay /root ||
  halt_with "cannot lay memory over the host's root"

# The kernel's modules and our scripts, at places that do not depend on where the clone is.
$b mkdir -p /root/lib/modules /root/run
$b mount -t tmpfs -o mode=755 tmpfs /root/run
$b mkdir -p "/root/lib/modules/$($b uname -r)" /root/run/e2e/scripts /root/run/e2e/results
$b mount -o bind "/lower$modules/$($b uname -r)" "/root/lib/modules/$($b uname -r)" || halt_with "no modules in $modules"
$b mount -o bind "/lower$scripts" /root/run/e2e/scripts || halt_with "no scripts in $scripts"
$b mount -t 9p -o "$share,cache=none" results /root/run/e2e/results || halt_with "cannot mount the results"

$b umount /proc
$b mount -o move /dev /root/dev
exec $b switch_root /root /bin/bash /run/e2e/scripts/guest-init.sh
